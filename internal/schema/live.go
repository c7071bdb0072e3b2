package schema

import "sync/atomic"

// Live is the schema of an open directory, which grows while it is served. It is safe
// for concurrent use. Whoever answers a request reads it once and keeps to that.
type Live struct{ now atomic.Pointer[Schema] }

// NewLive begins with a schema.
func NewLive(s *Schema) *Live {
	l := &Live{}
	l.now.Store(s)
	return l
}

// Now is the schema at this moment.
func (l *Live) Now() *Schema { return l.now.Load() }

// Set replaces it by one that has all that is in it.
func (l *Live) Set(s *Schema) { l.now.Store(s) }

// Kind returns the kind of a name in the schema of this moment.
func (l *Live) Kind(name string) (*Kind, bool) { return l.Now().Kind(name) }

// Kinds returns the kinds of this moment.
func (l *Live) Kinds() []*Kind { return l.Now().Kinds() }
