package columns

// readNames are the ids of a batch.
type readNames struct {
	units   [][]byte // as letters
	count   int
	forms   numbers
	unit    numbers
	times   numbers
	time    int64
	texts   reader
	bits    uint64 // where the bits of the next one are
	made    []span // what was made of each
	record  int    // place of the record before
	derived bool   // the last one is still to be made of an own number
}

func (d *decoder) readNames() {
	t := &d.names
	t.units = make([][]byte, 1+d.r.items(maxTable))
	t.units[0], t.time = []byte(d.base.Audience), d.base.Sealed
	for i := range t.units[1:] {
		t.units[1+i] = d.readUnit()
	}
	t.count = d.r.upTo(min(maxNames, d.size))
	t.forms = d.numbers(t.count)
	if d.r.bad {
		return
	}
	texts, units, times, bits := d.surveyNames()
	t.unit, t.times = d.numbers(units), d.numbers(times)
	from := d.r.at
	for range texts {
		d.r.text(maxText)
	}
	t.texts = reader{in: d.r.in[from:d.r.at]}
	t.bits = d.bitsAt
	if d.bitsAt += bits; d.bitsAt > 8*uint64(len(d.bits)) {
		d.r.fail()
		return
	}
	t.made, t.record = make([]span, 0, t.count), -1
}

// surveyNames counts the texts, units and times that the ids have, and their bits.
func (d *decoder) surveyNames() (texts, units, times int, bits uint64) {
	forms := d.names.forms
	for range d.names.count {
		form := forms.next(d.bits)
		switch plain := form &^ nameTimed; {
		case form >= 2*nameTimed || plain >= nameForms, form == nameText|nameTimed, form == nameOwn|nameTimed:
			d.r.fail()
			return 0, 0, 0, 0
		case plain == nameText:
			texts++
		case form&nameTimed != 0:
			times++
			bits += timedBits
		case plain != nameOwn:
			bits += 8 * nameBytes
		}
		if hasUnit(uint8(form)) {
			units++
		}
	}
	return texts, units, times, bits
}

func (d *decoder) readUnit() []byte {
	raw := d.r.span(unitBytes)
	if raw == nil {
		return nil
	}
	unit := make([]byte, unitLength)
	unitLetters.Encode(unit, raw)
	return unit
}

// readContexts are the causal contexts.
type readContexts struct {
	counts  numbers
	streams numbers
	marks   numbers
	names   [][]byte // encoded
}

func (d *decoder) readContexts() {
	x := &d.contexts
	x.counts = d.numbers(d.count)
	if d.r.bad {
		return
	}
	counts, n := x.counts, uint64(0)
	for range d.count {
		if n += min(counts.next(d.bits), 1<<20); n > uint64(d.size) {
			d.r.fail()
			return
		}
	}
	x.names = make([][]byte, 1+d.r.items(maxTable))
	x.names[0] = encodedStream(d.base)
	for i := 1; i < len(x.names); i++ {
		device, incarnation := d.readUnit(), d.r.uvarint()
		at := d.r.uvarint()
		if at >= uint64(len(d.names.units)) {
			d.r.fail()
			return
		}
		x.names[i] = appendText(appendHead(appendText(append(make([]byte, 0, 48), majorArray<<5|3), device), majorUint, incarnation), d.names.units[at])
	}
	x.streams, x.marks = d.numbers(int(n)), d.numbers(int(n))
}
