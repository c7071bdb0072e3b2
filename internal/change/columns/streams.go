package columns

// context are the causal contexts of all changes, one after the other.
type context struct {
	counts       []uint64 // entries of each change
	streams      []uint64 // of each entry
	marks        []uint64
	table        table
	devices      []string
	incarnations []uint64
	audiences    []int
}

// begin puts the unit and the stream of the batch into the tables.
func (g *gatherer) begin(base Base) bool {
	device, audience, ok := base.units()
	if !ok {
		return false
	}
	g.names.unit(audience)
	x := &g.context
	x.table.place(encodedStream(base))
	x.devices, x.incarnations, x.audiences = append(x.devices, device), append(x.incarnations, uint64(base.Incarnation)), append(x.audiences, 0)
	return true
}

// encodedStream is the name of the batch's stream as a context has it.
func encodedStream(base Base) []byte {
	out := appendText(append(make([]byte, 0, 48), majorArray<<5|3), []byte(base.Device))
	return appendText(appendHead(out, majorUint, uint64(base.Incarnation)), []byte(base.Audience))
}

// entries reads the context of a change.
func (g *gatherer) entries(r *reader) bool {
	n := r.item(majorArray)
	x := &g.context
	x.counts = append(x.counts, n)
	for ; n > 0 && !r.bad; n-- {
		if r.item(majorArray) != 2 {
			return false
		}
		from := r.at
		if r.item(majorArray) != 3 {
			return false
		}
		device, incarnation, audience := r.string(), r.item(majorUint), r.string()
		if r.bad {
			return false
		}
		at := x.table.place(r.in[from:r.at])
		if at == len(x.devices) && !g.stream(device, incarnation, audience) {
			return false
		}
		x.streams, x.marks = append(x.streams, uint64(at)), append(x.marks, r.item(majorUint))
	}
	return !r.bad
}

// stream adds a stream to the table of streams.
func (g *gatherer) stream(device []byte, incarnation uint64, audience []byte) bool {
	var d, a [unitBytes]byte
	if len(device) != unitLength || len(audience) != unitLength || len(g.context.devices) == maxTable {
		return false
	}
	if _, err := unitLetters.Decode(d[:], device); err != nil {
		return false
	}
	if _, err := unitLetters.Decode(a[:], audience); err != nil {
		return false
	}
	x := &g.context
	x.devices = append(x.devices, string(d[:]))
	x.incarnations = append(x.incarnations, incarnation)
	x.audiences = append(x.audiences, g.names.unit(string(a[:])))
	return true
}
