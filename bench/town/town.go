package town

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"tongbu/hub/root"
	"tongbu/internal/identity"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// Town is a founded network. Its city is open until Close.
type Town struct {
	Dir       string
	Units     []tree.Unit
	City      *Member
	Members   []*Member // all but the city, in the order of joining
	Schema    *schema.Schema
	Authority *identity.Authority
}

// Found makes a network of the shape in a directory, opens its city and
// serves it.
func Found(ctx context.Context, dir string, shape Shape) (*Town, error) {
	kinds, err := schema.Load()
	if err != nil {
		return nil, err
	}
	t := &Town{Dir: dir, Units: shape.Units(), Schema: kinds}
	t.City = &Member{town: t, Unit: t.Units[0], Dir: filepath.Join(dir, "city")}
	if err := t.City.prepare(); err != nil {
		return nil, err
	}
	_, _, err = root.Found(ctx, root.Founding{Dir: t.City.Dir, Vault: t.City.vault, Units: t.Units, Schema: kinds, Now: time.Now, Listen: t.City.listen})
	if err != nil {
		return nil, err
	}
	if t.Authority, err = identity.OpenAuthority(t.City.Dir, t.City.options()); err != nil {
		return nil, err
	}
	if err := t.City.Open(ctx); err != nil {
		return nil, err
	}
	if err := t.publish(ctx); err != nil {
		return nil, err
	}
	return t, t.City.Run(ctx)
}

// Join makes a new directory a device of the unit; it is neither open nor
// served. The city must be open.
func (t *Town) Join(ctx context.Context, u tree.Unit) (*Member, error) {
	m := &Member{town: t, Unit: u, Dir: filepath.Join(t.Dir, fmt.Sprintf("%s-%s-%d", u.Level, u.Code, len(t.Members)))}
	if err := m.prepare(); err != nil {
		return nil, err
	}
	registrar := identity.NewRoot(t.Authority, root.NewAdmission(t.City.Replica), identity.Options{})
	keys, err := identity.Create(m.Dir, m.options())
	if err != nil {
		return nil, err
	}
	token, err := registrar.Invite(ctx, u.ID, time.Hour)
	if err != nil {
		return nil, err
	}
	if err := identity.Join(ctx, keys, token, registrar, m.listen); err != nil {
		return nil, err
	}
	t.Members = append(t.Members, m)
	return m, nil
}

// Start joins, opens and serves a device of each unit, and returns when each
// knows the tree.
func (t *Town) Start(ctx context.Context, units ...tree.Unit) ([]*Member, error) {
	var started []*Member
	for _, u := range units {
		m, err := t.Join(ctx, u)
		if err == nil {
			err = m.Open(ctx)
		}
		if err == nil {
			err = m.Run(ctx)
		}
		if err != nil {
			return nil, fmt.Errorf("start %s: %w", u.Code, err)
		}
		started = append(started, m)
	}
	return started, Until(ctx, time.Minute, func() (bool, error) {
		for _, m := range started {
			if m.Replica.Members.Tree() == nil {
				return false, nil
			}
		}
		return true, nil
	})
}

// Stop ends the serving of all and closes them; they can be opened again.
func (t *Town) Stop() error {
	var err error
	for _, m := range t.Members {
		err = errors.Join(err, m.Close())
	}
	return errors.Join(err, t.City.Close())
}

// Remove stops all and removes the directories.
func (t *Town) Remove() error { return errors.Join(t.Stop(), os.RemoveAll(t.Dir)) }

// Snapshot copies all directories; nothing may be open.
func (t *Town) Snapshot() error {
	if err := os.RemoveAll(t.Dir + ".kept"); err != nil {
		return err
	}
	return os.CopyFS(t.Dir+".kept", os.DirFS(t.Dir))
}

// Restore puts the copy in the place of the directories.
func (t *Town) Restore() error {
	if err := os.RemoveAll(t.Dir); err != nil {
		return err
	}
	return os.CopyFS(t.Dir, os.DirFS(t.Dir+".kept"))
}

// Until asks often whether something is so, and fails after the time.
func Until(ctx context.Context, most time.Duration, so func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := so(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not so after %v", most)
		case <-tick.C:
		}
	}
}

// Pause waits, unless the context ends first: then it returns why.
func Pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// free finds a port and releases it: a directory is configured with its address
// before it listens there.
func free() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
