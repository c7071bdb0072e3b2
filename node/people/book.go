package people

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// The table, and its two values: lists in JSON.
const (
	table       = "node.people"
	accountsKey = "accounts"
	triesOfKey  = "tries"
)

// account is an account as the journal keeps it.
type account struct {
	Person
	Secret secret `json:"secret"`
}

// book is what stands in the table at a moment. It is never changed.
type book struct {
	accounts map[string]*account // by login
	tries    map[string]tries    // by triesKey
}

// with is the book with an account in place of what it had under that login.
func (b *book) with(a *account) *book {
	next := &book{maps.Clone(b.accounts), b.tries}
	next.accounts[a.Login] = a
	return next
}

// without is the book without an account.
func (b *book) without(login string) *book {
	next := &book{maps.Clone(b.accounts), b.tries}
	delete(next.accounts, login)
	return next
}

// isLed reports whether a head will be there tomorrow.
func (b *book) isLed() bool {
	for _, a := range b.accounts {
		if a.Role == Head && a.Ended == "" && a.Until == "" {
			return true
		}
	}
	return false
}

// read returns the book, which the first call reads from the journal.
func (p *People) read() (*book, error) {
	if b := p.book.Load(); b != nil {
		return b, nil
	}
	p.loading.Lock()
	defer p.loading.Unlock()
	if b := p.book.Load(); b != nil {
		return b, nil
	}
	var b *book
	err := p.at.Journal.View(func(tx *journal.Tx) (err error) {
		b, err = readBook(tx)
		return err
	})
	if err != nil {
		return nil, fault.Wrap("read the accounts", err)
	}
	p.book.Store(b)
	return b, nil
}

// readBook returns Damaged for what is none.
func readBook(tx *journal.Tx) (*book, error) {
	var accounts []*account
	var failed []tries
	if err := readValue(tx, accountsKey, &accounts); err != nil {
		return nil, err
	}
	if err := readValue(tx, triesOfKey, &failed); err != nil {
		return nil, err
	}
	b := &book{map[string]*account{}, map[string]tries{}}
	for _, a := range accounts {
		if a == nil || a.Login == "" {
			return nil, fault.New(fault.Damaged, "an account has no login")
		}
		b.accounts[a.Login] = a
	}
	for _, t := range failed {
		b.tries[t.Key] = t
	}
	return b, nil
}

func readValue(tx *journal.Tx, key string, into any) error {
	raw, err := tx.Table(table).Get([]byte(key))
	if err != nil || raw == nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fault.As(fault.Damaged, "read the accounts", err)
	}
	return nil
}

// commit makes a book the one that stands in the table, and then the one in memory.
// Only who has begun an act calls it.
func (p *People) commit(ctx context.Context, now, next *book) error {
	values := map[string]any{}
	if !maps.Equal(now.accounts, next.accounts) {
		values[accountsKey] = slices.Collect(maps.Values(next.accounts))
	}
	if !maps.Equal(now.tries, next.tries) {
		values[triesOfKey] = slices.Collect(maps.Values(next.tries))
	}
	if len(values) == 0 {
		return nil
	}
	raw := map[string][]byte{}
	for key, value := range values {
		var err error
		if raw[key], err = json.Marshal(value); err != nil {
			return fault.As(fault.Internal, "write the accounts", err)
		}
	}
	err := p.at.Journal.Update(ctx, func(tx *journal.Tx) error {
		for key, value := range raw {
			if err := tx.Table(table).Put([]byte(key), value); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fault.Wrap("write the accounts", err)
	}
	p.book.Store(next)
	if _, changed := raw[accountsKey]; changed {
		p.at.AccountsChanged()
	}
	return nil
}
