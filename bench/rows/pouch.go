package rows

import (
	"context"

	"tongbu/bench/peer"
)

// pouchSingles is how many documents are replicated alone.
const pouchSingles = 10

// pouched is what PouchDB did, or why it did nothing.
type pouched struct {
	peer.PouchFound
	err error
}

// pouchOnce replicates ten communities' persons; the last result is kept for
// the rows that compare bytes.
func (e *Env) pouchOnce(ctx context.Context) pouched {
	each := e.size(50, 500, 1000)
	found, err := func() (peer.PouchFound, error) {
		var documents [][]byte
		for _, m := range messages(leaves, each+1) {
			documents = append(documents, m...)
		}
		p, err := peer.StartPouch(e.Node, e.path("pouch"), documents, pouchSingles)
		if err != nil {
			return peer.PouchFound{}, err
		}
		defer func() { _ = p.Close() }()
		return p.Run(ctx, len(documents)-pouchSingles, pouchSingles)
	}()
	e.pouch = &pouched{found, err}
	e.Say("pouchdb: %d documents in %v, %d bytes, single %v %v", found.Docs, found.Bulk, found.BulkBytes, found.SingleBytes, err)
	return *e.pouch
}
