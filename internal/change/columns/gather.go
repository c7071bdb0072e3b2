package columns

// usual is how many changes a batch of a node has: room for as many values is made
// at once.
const usual = 256

// gatherer takes changes apart and puts what is alike together.
type gatherer struct {
	kinds   []*kind
	byName  map[string]*kind
	shapes  []shape
	byShape map[string]int
	columns int
	left    int // changes that are still to come
	key     []byte
	values  [][]byte // of the change that is read

	rows    []uint64 // the shape of each change
	records [][]byte
	actors  []uint64
	times   []uint64
	actor   table
	last    int64
	sealed  int64
	context context
	names   nameTable
}

// kind are the fields of one kind of records.
type kind struct {
	name    string
	columns []*column
	byName  map[string]*column
}

// column are the values of one field.
type column struct {
	name    string
	at      int // among the columns of its kind
	values  [][]byte
	form    byte
	fits    []bool   // nil: all do
	codes   []uint64 // of names
	table   []string // of the different values
	repeats []uint64 // of texts: 1 for one that is as the one before; nil: none
	source  int      // of births: the column with the ID numbers
	matches []bool
	next    int // value to be placed
	last    int // place of the name before
}

// shape is a set of fields that a change has.
type shape struct {
	kind    *kind
	columns []*column
}

// table numbers texts in the order in which they come first.
type table struct {
	places map[string]int
	texts  []string
}

func (t *table) place(s []byte) int {
	at, known := t.places[string(s)]
	if !known {
		if t.places == nil {
			t.places = map[string]int{}
		}
		at = len(t.texts)
		t.texts = append(t.texts, string(s))
		t.places[t.texts[at]] = at
	}
	return at
}

// add takes one change; false when it is none, or beyond a limit.
func (g *gatherer) add(raw []byte) bool {
	r := reader{in: raw}
	if r.item(majorArray) != 6 {
		return false
	}
	kind, record := r.string(), r.string()
	if len(kind) > maxShort || len(record) > maxText {
		return false
	}
	if !g.fields(&r, kind) || !g.entries(&r) {
		return false
	}
	actor := r.string()
	at := r.integer()
	if r.bad || r.at != len(raw) || len(actor) > maxText {
		return false
	}
	g.records = append(g.records, record)
	g.actors = append(g.actors, uint64(g.actor.place(actor)))
	g.times = append(g.times, zigzag(at-g.last))
	g.last = at
	return len(g.actor.texts) <= maxTable
}

// fields reads the fields of a change and adds their values to the columns.
func (g *gatherer) fields(r *reader, kind []byte) bool {
	n := r.item(majorMap)
	g.key, g.values = append(append(g.key[:0], kind...), 0), g.values[:0]
	for ; n > 0 && !r.bad; n-- {
		name := r.string()
		if len(name) > maxShort {
			return false
		}
		g.key = append(append(append(g.key, byte(len(name))), name...), 0)
		g.values = append(g.values, r.value())
	}
	if r.bad {
		return false
	}
	at, known := g.byShape[string(g.key)]
	if !known {
		at = g.addShape(kind)
	}
	for i, c := range g.shapes[at].columns {
		c.values = append(c.values, g.values[i])
	}
	g.rows = append(g.rows, uint64(at))
	return g.columns <= maxColumns
}

// addShape makes the shape of the key.
func (g *gatherer) addShape(name []byte) int {
	if g.byShape == nil {
		g.byShape, g.byName = map[string]int{}, map[string]*kind{}
	}
	k := g.byName[string(name)]
	if k == nil {
		k = &kind{name: string(name), byName: map[string]*column{}}
		g.byName[k.name] = k
		g.kinds = append(g.kinds, k)
	}
	s := shape{kind: k}
	for rest := g.key[len(name)+1:]; len(rest) > 0; {
		field := string(rest[1 : 1+rest[0]])
		rest = rest[2+len(field):]
		c := k.byName[field]
		if c == nil {
			c = &column{name: field, last: -1, values: make([][]byte, 0, min(g.left, usual))}
			k.byName[field] = c
			k.columns = append(k.columns, c)
			g.columns++
		}
		s.columns = append(s.columns, c)
	}
	g.byShape[string(g.key)] = len(g.shapes)
	g.shapes = append(g.shapes, s)
	return len(g.shapes) - 1
}
