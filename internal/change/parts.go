package change

// Parts reads canonical bytes that hold parts of changes, one after another, as records
// are stored: it accepts what a change may hold and nothing else. What it returns are
// parts of one copy of the bytes. After a defect it reads nothing more, so that callers
// check once, at the end.
type Parts struct{ r reader }

// ReadParts begins to read; raw may be used again.
func ReadParts(raw []byte) *Parts { return &Parts{reader{in: string(raw)}} }

// List reads the head of a list and returns how many items it has, each of at least so
// many bytes: never more than can stand behind it.
func (p *Parts) List(least int) int {
	n := p.r.head(majorArray)
	if n > uint64(len(p.r.in)-p.r.at)/uint64(least) {
		p.r.fail()
		return 0
	}
	return int(n)
}

// ListOf reads the head of a list of exactly n items.
func (p *Parts) ListOf(n int) { p.r.list(uint64(n)) }

// Count reads a number that is not negative.
func (p *Parts) Count() uint64 { return p.r.head(majorUint) }

// Integer reads a number.
func (p *Parts) Integer() int64 { return p.r.integer() }

// Text reads a text.
func (p *Parts) Text() string { return p.r.text() }

// Value reads the value of a field.
func (p *Parts) Value() Value { return p.r.value() }

// Stream reads the name of a stream, which need not be valid.
func (p *Parts) Stream() Stream { return p.r.stream() }

// Good reports whether nothing was wrong so far.
func (p *Parts) Good() bool { return !p.r.bad }

// Ended reports whether all was read and nothing was wrong.
func (p *Parts) Ended() bool { return p.r.ended() }
