package journal

// Late is work that waits for the end of a transaction, so that what many
// steps of it cause is done once.
type Late interface {
	// Do does the work. It runs when the function that was given the
	// transaction has returned without an error, and is part of that function:
	// an error is the function's.
	Do() error
}

// Late returns the work of an owner in this transaction, which begin makes
// when there is none yet; nil: none is made.
func (tx *Tx) Late(owner any, begin func() Late) Late {
	work, ok := tx.late[owner]
	if ok || begin == nil {
		return work
	}
	if tx.late == nil {
		tx.late = map[any]Late{}
	}
	work = begin()
	tx.late[owner] = work
	tx.order = append(tx.order, work)
	return work
}

// run calls a function and what it leaves for the end.
func (tx *Tx) run(fn func(*Tx) error) error {
	err := fn(tx)
	for i := 0; err == nil && i < len(tx.order); i++ {
		err = tx.order[i].Do()
	}
	return err
}
