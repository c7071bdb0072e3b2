package sheet

import (
	"errors"

	"tongbu/internal/schema"
)

// Likely is the kind whose fields a row near the top of the file names most, for a file
// whose sheets have the names of no kind; nil where none is likelier than all others.
// of are the kinds that it may be of.
func (f *File) Likely(kinds Kinds, of []*schema.Kind) (*schema.Kind, error) {
	var best *schema.Kind
	most, tie := 0, false
	for _, k := range of {
		names, n := titlesOf(kinds, k), 0
		for _, s := range f.sources {
			known, err := mostKnown(s, names)
			if err != nil {
				return nil, err
			}
			n = max(n, known)
		}
		switch {
		case n > most:
			best, most, tie = k, n, false
		case n == most:
			tie = true
		}
	}
	if tie || most < 2 { // one common title is in many kinds
		return nil, nil
	}
	return best, nil
}

// mostKnown is how many fields the row names that names most.
func mostKnown(s *source, names titles) (most int, err error) {
	rows := 0
	err = s.each(func(row line) error {
		if row.raw != nil {
			return errStop
		}
		most = max(most, names.read(row).known())
		if rows++; rows == headerWithin {
			return errStop
		}
		return nil
	})
	if errors.Is(err, errStop) {
		err = nil
	}
	return most, err
}
