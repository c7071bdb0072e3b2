package change

// append writes the canonical bytes of a change that validate has passed. What
// it writes is compared with what a library writes by the package's tests.
func (c *Change) append(to []byte) []byte {
	to = appendHead(to, majorArray, 6)
	to = appendText(to, c.Kind)
	to = appendText(to, string(c.Record))
	to = appendHead(to, majorMap, uint64(len(c.Fields)))
	for _, f := range c.Fields {
		to = append(appendText(to, f.Name), f.Value...)
	}
	to = appendHead(to, majorArray, uint64(len(c.Context)))
	if len(c.Context) > 0 {
		for _, d := range c.Context.Dots() {
			to = appendHead(to, majorArray, 2)
			to = d.Stream.append(to)
			to = appendHead(to, majorUint, d.Count)
		}
	}
	return appendInt(appendText(to, c.Actor), c.At)
}

func (s Stream) append(to []byte) []byte {
	to = appendHead(to, majorArray, 3)
	to = appendText(to, string(s.Device))
	to = appendHead(to, majorUint, uint64(s.Incarnation))
	return appendText(to, string(s.Audience))
}

// room is about how many bytes a change takes.
func (c *Change) room() int {
	size := 32 + len(c.Kind) + len(c.Record) + len(c.Actor) + 64*len(c.Context)
	for _, f := range c.Fields {
		size += 2 + len(f.Name) + len(f.Value)
	}
	return size
}

// appendHead writes the shortest head of an item with the argument.
func appendHead(to []byte, major byte, n uint64) []byte {
	switch first := major << 5; {
	case n < 24:
		return append(to, first|byte(n))
	case n < 1<<8:
		return append(to, first|24, byte(n))
	case n < 1<<16:
		return append(to, first|25, byte(n>>8), byte(n))
	case n < 1<<32:
		return append(to, first|26, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	default:
		return append(to, first|27, byte(n>>56), byte(n>>48), byte(n>>40), byte(n>>32), byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
}

func appendText(to []byte, s string) []byte {
	return append(appendHead(to, majorText, uint64(len(s))), s...)
}

func appendInt(to []byte, n int64) []byte {
	if n < 0 {
		return appendHead(to, majorNegative, uint64(-1-n))
	}
	return appendHead(to, majorUint, uint64(n))
}
