package people

import (
	"cmp"
	"slices"

	"tongbu/internal/journal"
	"tongbu/internal/system"
)

// saidIn is what the device says upward of the accounts: nobody above made them.
func saidIn(tx *journal.Tx) (said system.Accounts, err error) {
	b, err := readBook(tx)
	if err != nil {
		return said, err
	}
	for _, a := range b.accounts {
		if a.Ended != "" {
			continue
		}
		said.Count++
		if !a.Confirmed {
			said.Unconfirmed++
		}
		if a.Role == Head {
			said.Heads = append(said.Heads, system.AccountHead{Login: a.Login, Name: a.Name, Confirmed: a.Confirmed})
		}
	}
	slices.SortFunc(said.Heads, func(a, b system.AccountHead) int { return cmp.Compare(a.Login, b.Login) })
	return said, nil
}
