package rows

import (
	"context"

	"tongbu/bench/table"
)

type city struct{}

func NodeWeight(ctx context.Context, e *Env) ([]table.Entry, error) { return nil, nil }
func NewNode(ctx context.Context, e *Env) ([]table.Entry, error)    { return nil, nil }
func HubWeight(ctx context.Context, e *Env) ([]table.Entry, error)  { return nil, nil }
func Storm(ctx context.Context, e *Env) ([]table.Entry, error)      { return nil, nil }
func Query(ctx context.Context, e *Env) ([]table.Entry, error)      { return nil, nil }
func Restart(ctx context.Context, e *Env) ([]table.Entry, error)    { return nil, nil }
func Growth(ctx context.Context, e *Env) ([]table.Entry, error)     { return nil, nil }
