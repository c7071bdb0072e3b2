// Package drafts keeps what is being typed.
package drafts

import "tongbu/node/replica"

type Drafts struct{}

func New(*replica.Replica) *Drafts { return &Drafts{} }
