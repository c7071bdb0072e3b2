package index

// edit makes a block from another one.
type edit struct {
	old, out block
	copied   int  // how much of old is done
	ended    bool // the last thing of out is new: ids that begin with the time make it so
}

func (e *edit) changed() bool { return len(e.out) > 0 }

// upTo copies what was left as it is.
func (e *edit) upTo(at int) {
	if !e.changed() {
		e.out, e.copied = append(e.out[:0], e.old[:blockHead]...), blockHead
	}
	if at > e.copied {
		e.out = append(e.out, e.old[e.copied:at]...)
		e.copied, e.ended = at, false
	}
}

func (e *edit) put(at int, n entry) {
	e.upTo(at)
	e.out, e.ended = e.out.append(n), true
}

func (e *edit) drop(at, next int) {
	e.upTo(at)
	e.copied = next
}

// end returns the block that was made; it may be too long.
func (e *edit) end() block {
	e.upTo(len(e.old))
	return e.out
}

// lines puts lines into a leaf.
func (e *edit) lines(lines []Line) {
	for at, next := blockHead, 0; at < len(e.old) && len(lines) > 0; at = next {
		var have entry
		have, next = e.old.entry(at)
		for len(lines) > 0 {
			l := lines[0]
			c := l.entry().compare(have)
			if c > 0 {
				break
			}
			lines = lines[1:]
			if c < 0 && !l.Gone {
				e.put(at, l.entry())
			}
			if c == 0 && l.Gone {
				e.drop(at, next)
			}
		}
	}
	for _, l := range lines {
		if !l.Gone {
			e.put(len(e.old), l.entry())
		}
	}
}
