package syncer

import "tongbu/internal/access"

// Tree is the unit tree, as far as scope needs it: what crosses a link is a
// right, and access decides it.
type Tree = access.Tree
