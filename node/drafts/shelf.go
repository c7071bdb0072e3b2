package drafts

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// Tables of the journal. What a draft is stands apart from its values, so that a list
// reads no values. Keys are not encrypted: they have the hash of the owner.
const (
	headTable  = "node.drafts"
	valueTable = "node.draft_values"
)

// idSize and ownerSize are those of a draft's id and of an owner in keys, in bytes.
const (
	idSize    = 16
	ownerSize = 16
)

// maxBeside is how many drafts an owner has with the copies that conflicts leave, which
// come unasked.
const maxBeside = MaxDrafts + 50

// shelf is the tables in one transaction.
type shelf struct{ tx *journal.Tx }

func newID() string {
	var id [idSize]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

func ownerKey(owner string) []byte {
	sum := sha256.Sum256([]byte(owner))
	return sum[:ownerSize]
}

// keyOf is the key of a draft; nil when the id is none.
func keyOf(owner, id string) []byte {
	raw, err := hex.DecodeString(id)
	if err != nil || len(raw) != idSize || strings.ToLower(id) != id {
		return nil
	}
	return append(ownerKey(owner), raw...)
}

func (s shelf) get(owner, id string) (found Draft, err error) {
	key := keyOf(owner, id)
	if key == nil {
		return found, errNone
	}
	raw, err := s.tx.Table(headTable).Get(key)
	if err != nil {
		return found, err
	}
	if raw == nil {
		return found, errNone
	}
	if found, err = parseHead(raw); err != nil {
		return found, err
	}
	raw, err = s.tx.Table(valueTable).Get(key)
	if err == nil && raw != nil {
		err = parse(raw, &found.Values)
	}
	return found, err
}

// put writes a draft whole.
func (s shelf) put(d *Draft) error {
	values, err := json.Marshal(d.Values)
	if err != nil {
		return fault.As(fault.Internal, "write a draft", err)
	}
	if err := s.tx.Table(valueTable).Put(keyOf(d.Owner, d.ID), values); err != nil {
		return err
	}
	return s.putHead(d)
}

// putHead writes all of a draft but its values.
func (s shelf) putHead(d *Draft) error {
	head, err := json.Marshal(d)
	if err != nil {
		return fault.As(fault.Internal, "write a draft", err)
	}
	return s.tx.Table(headTable).Put(keyOf(d.Owner, d.ID), head)
}

// add writes a draft that is new, unless the owner has as many as that already.
func (s shelf) add(d *Draft, most int) error {
	all, err := s.list(d.Owner)
	if err == nil && len(all) >= most {
		err = errMany
	}
	if err != nil {
		return err
	}
	return s.put(d)
}

// keep writes what a page has typed, or where another page has gone on with the draft a
// copy beside it. The copies of one page are one.
func (s shelf) keep(typed Draft, now time.Time) (kept Draft, clash *Conflict, err error) {
	stored, err := s.get(typed.Owner, typed.ID)
	if typed.begins(err) {
		return s.begin(typed, now)
	}
	if err != nil {
		return kept, nil, err
	}
	if !stored.IsOpen() {
		return kept, nil, stored.closed()
	}
	kept = stored
	kept.Values, kept.Title, kept.Tab, kept.KeptAt = typed.Values, typed.Title, typed.Tab, now
	kept.Revision = max(stored.Revision, typed.Revision) + 1
	if stored.Revision == typed.Revision || stored.Tab == typed.Tab && typed.Tab != "" {
		return kept, nil, s.put(&kept)
	}
	kept.ID, kept.Beside, kept.State, kept.Proposal = besideID(typed.ID, typed.Tab), stored.ID, Open, nil
	kept.Revision = 1
	switch before, err := s.get(kept.Owner, kept.ID); {
	case err == nil:
		kept.Revision = before.Revision + 1
		err = s.put(&kept)
		return kept, &Conflict{Stored: stored, Kept: kept}, err
	case fault.Of(err) != fault.NotFound:
		return kept, nil, err
	}
	return kept, &Conflict{Stored: stored, Kept: kept}, s.add(&kept, maxBeside)
}

// begin writes a draft under the id that its page has made up. Another one of the same
// record stays as it is, and is told of.
func (s shelf) begin(typed Draft, now time.Time) (kept Draft, clash *Conflict, err error) {
	typed.Revision, typed.KeptAt, typed.State, typed.Proposal, typed.Beside = 1, now, Open, nil, ""
	other, err := s.ofSubject(&typed)
	if err != nil {
		return typed, nil, err
	}
	if other.ID == "" {
		return typed, nil, s.add(&typed, MaxDrafts)
	}
	typed.Beside = other.ID
	return typed, &Conflict{Stored: other, Kept: typed}, s.add(&typed, maxBeside)
}

// besideID is the id of the copy that a page has of a draft.
func besideID(id, tab string) string {
	sum := sha256.Sum256([]byte(id + "\x00" + tab))
	return hex.EncodeToString(sum[:idSize])
}

func (s shelf) drop(owner, id string) error {
	if _, err := s.get(owner, id); err != nil {
		return err
	}
	if err := s.tx.Table(valueTable).Delete(keyOf(owner, id)); err != nil {
		return err
	}
	return s.tx.Table(headTable).Delete(keyOf(owner, id))
}

// list returns the drafts of an owner without values, the newest first; "" of all.
func (s shelf) list(owner string) (all []Draft, err error) {
	var prefix []byte
	if owner != "" {
		prefix = ownerKey(owner)
	}
	err = s.tx.Table(headTable).Ascend(prefix, prefix, func(_, raw []byte) error {
		d, err := parseHead(raw)
		all = append(all, d)
		return err
	})
	slices.SortStableFunc(all, func(a, b Draft) int { return b.KeptAt.Compare(a.KeptAt) })
	return all, err
}

// ofSubject is the draft with which an edit goes on; its ID is "" where there is none.
func (s shelf) ofSubject(begun *Draft) (Draft, error) {
	if begun.Subject == "" {
		return Draft{}, nil
	}
	all, err := s.list(begun.Owner)
	if err != nil {
		return Draft{}, err
	}
	for _, d := range all {
		if d.Form == begun.Form && d.Subject == begun.Subject && d.State != Taken {
			return s.get(d.Owner, d.ID)
		}
	}
	return Draft{}, nil
}

func parseHead(raw []byte) (d Draft, err error) { return d, parse(raw, &d) }

func parse(raw []byte, to any) error {
	if err := json.NewDecoder(bytes.NewReader(raw)).Decode(to); err != nil {
		return fault.As(fault.Damaged, "read a draft", err)
	}
	return nil
}
