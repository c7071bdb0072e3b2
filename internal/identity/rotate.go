package identity

import (
	"crypto/x509"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"time"

	"tongbu/internal/durable"
	"tongbu/internal/fault"
)

// Rotate makes the next authority, which signs from now on; the one before signs
// its key and then its own key is removed. Both are trusted until Retire, and
// whoever trusts only the older one accepts the newer by that signature. It
// returns Busy while an older generation is not retired.
func (a *Authority) Rotate(now time.Time) error {
	a.turn.Lock()
	defer a.turn.Unlock()
	old := a.now.Load()
	if len(old.bundle) > 1 {
		return fault.New(fault.Busy, "the authority before this one is still trusted").WithHint("retire it first: tongbu authority retire")
	}
	key, err := newKey(a.random)
	if err != nil {
		return err
	}
	cert, err := selfSign(a.network, key, now, a.random, succession(a.network, old.bundle[0], old.key, publicOf(key)))
	if err != nil {
		return err
	}
	next := &generation{key: key, bundle: append([]*x509.Certificate{cert}, old.bundle...), past: old.past}
	if err := a.install(next); err != nil {
		return err
	}
	return removeKey(a.dir, old.bundle[0])
}

// Retire ends the trust in all authorities but the one that signs: batches
// signed under them can still be verified, but nobody connects with a
// certificate of theirs. It returns Busy while one they issued may still be
// valid, and NotFound when there is none to retire.
func (a *Authority) Retire(now time.Time) error {
	a.turn.Lock()
	defer a.turn.Unlock()
	old := a.now.Load()
	if len(old.bundle) < 2 {
		return fault.New(fault.NotFound, "no older authority is trusted")
	}
	if free := made(old.bundle[0]).Add(LeafLife); now.Before(free) {
		return fault.New(fault.Busy, "devices may hold certificates of the older authority until %s", formatTime(free)).
			WithHint("retire it then; each device renews by itself before")
	}
	return a.install(&generation{key: old.key, bundle: old.bundle[:1:1], past: slices.Concat(old.bundle[1:], old.past)})
}

// install makes a generation the present one. The list of authorities is written
// last, after the key of the first of them and the retired ones, and makes the
// generation valid: each prefix of the files works.
func (a *Authority) install(g *generation) error {
	if err := saveKey(filepath.Join(a.dir, keyFileOf(g.bundle[0])), g.key, a.under); err != nil {
		return err
	}
	if len(g.past) > 0 {
		if err := writeFile(filepath.Join(a.dir, caPastFile), encodeCerts(g.past)); err != nil {
			return err
		}
	}
	if err := writeFile(filepath.Join(a.dir, caCertFile), encodeCerts(g.bundle)); err != nil {
		return err
	}
	a.now.Store(g)
	return nil
}

func readGeneration(dir string, under [keySize]byte) (*generation, error) {
	rawCert, err := readFile(filepath.Join(dir, caCertFile))
	if err != nil {
		return nil, err
	}
	g := &generation{}
	if g.bundle, err = decodeCerts(rawCert); err != nil {
		return nil, err
	}
	if g.key, err = LoadKey(filepath.Join(dir, keyFileOf(g.bundle[0])), under); err != nil {
		return nil, err
	}
	rawPast, err := readFile(filepath.Join(dir, caPastFile))
	if fault.Of(err) == fault.NotFound {
		return g, nil
	} else if err != nil {
		return nil, err
	}
	g.past, err = decodeCerts(rawPast)
	return g, err
}

// keyFileOf names the file of an authority's key; the first one's has the
// plain name.
func keyFileOf(ca *x509.Certificate) string {
	if wordOf(ca) == nil {
		return caKeyFile
	}
	name := FingerprintOf(ca)
	return "ca-" + hex.EncodeToString(name[:8]) + ".key"
}

// removeKey removes the key of an authority that signs no more.
func removeKey(dir string, ca *x509.Certificate) error {
	if err := os.Remove(filepath.Join(dir, keyFileOf(ca))); err != nil && !os.IsNotExist(err) {
		return fault.Wrap("remove the older authority's key", err)
	}
	return durable.SyncDir(dir)
}
