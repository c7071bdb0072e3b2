package disk

import (
	"bytes"
	"math/rand/v2"
	"slices"
)

// Page is what the stores under test keep together, in bytes.
const Page = 4096

// Mutation is a way in which a file is damaged.
type Mutation uint8

// The mutations.
const (
	FlipBit   Mutation = iota // one bit
	ZeroPage                  // a page reads as zeros
	CutShort                  // the end is gone
	OneMore                   // a byte too many
	SwapPages                 // two pages changed places
	StalePage                 // a page is as it was some time before
	Mutations                 // how many there are
)

func (m Mutation) String() string {
	return [...]string{"flipped bit", "zeroed page", "cut short", "one byte more", "swapped pages", "stale page"}[m]
}

// Apply returns a damaged copy of a file; older is what the file was some time
// before.
func (m Mutation) Apply(file, older []byte, random *rand.Rand) []byte {
	bad := bytes.Clone(file)
	pages := len(bad) / Page
	page := func(n int) []byte { return bad[n*Page : (n+1)*Page] }
	switch m {
	case FlipBit:
		at := random.IntN(len(bad))
		bad[at] ^= 1 << random.IntN(8)
	case ZeroPage:
		clear(page(random.IntN(pages)))
	case CutShort:
		bad = bad[:random.IntN(len(bad))]
	case OneMore:
		bad = append(bad, byte(random.Uint32()))
	case SwapPages:
		a, b := random.IntN(pages), random.IntN(pages)
		one := slices.Clone(page(a))
		copy(page(a), page(b))
		copy(page(b), one)
	case StalePage:
		n := stale(file, older, random)
		copy(page(n), older[n*Page:(n+1)*Page])
	}
	return bad
}

// stale chooses a page that was another one and was not empty; page 2 when
// there is none.
func stale(file, older []byte, random *rand.Rand) int {
	var others []int
	for n := 2; n < min(len(file), len(older))/Page; n++ {
		was, is := older[n*Page:(n+1)*Page], file[n*Page:(n+1)*Page]
		if !bytes.Equal(was, is) && slices.ContainsFunc(was, func(b byte) bool { return b != 0 }) {
			others = append(others, n)
		}
	}
	if len(others) == 0 {
		return 2
	}
	return others[random.IntN(len(others))]
}
