package tier

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"

	"tongbu/hub/root"
	"tongbu/internal/config"
	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/identity/remote"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
	"tongbu/internal/vault"
	"tongbu/node/replica"
)

// Keys say where the key of a directory that is being made is to be kept.
type Keys struct {
	Source  vault.Source
	Options vault.Options
}

// Found makes the root's directory of a new network, with its configuration.
// Units: parents first, the root first of all. It returns the network's name
// and the fingerprint by which joiners know it.
func Found(ctx context.Context, dir string, units []tree.Unit, c config.Config, k Keys) (identity.Network, identity.Fingerprint, error) {
	kinds, err := schema.Load()
	if err != nil {
		return "", identity.Fingerprint{}, err
	}
	if err := c.Save(dir); err != nil {
		return "", identity.Fingerprint{}, err
	}
	keys, err := makeVault(dir, k.Source, k.Options)
	if err != nil {
		return "", identity.Fingerprint{}, err
	}
	return root.Found(ctx, root.Founding{Dir: dir, Vault: keys, Units: units, Schema: kinds, Now: time.Now, Listen: listenOf(c)})
}

// listenOf is where others are to reach a hub, as its configuration says.
func listenOf(c config.Config) identity.Listen {
	return identity.Listen{Address: c.Links(), Web: c.WebLinks(), Door: identity.DoorOf(c.DoorLinks(), c.WebLinks()), Name: hostname()}
}

// Reachable returns Invalid for a hub that others would be told to reach where nobody
// can: at every address of their own computer, or at no port.
func Reachable(c config.Config) error {
	for _, a := range []struct{ key, flag, told string }{
		{"listen", "--advertise", c.Links()}, {"web", "--advertise-web", c.WebLinks()}, {"door", "--advertise-door", c.DoorLinks()}} {
		if a.told != "" && !identity.Reachable(a.told) {
			return fault.New(fault.Invalid, "%s: %s leads no other computer here", a.key, a.told).
				WithHint("add %s HOST:PORT, as others reach this computer", a.flag)
		}
	}
	return nil
}

// placesOf is what a hub says of where others reach it. A place of this computer
// alone is said only where the hub takes calls from this computer alone.
func placesOf(c config.Config, isHub bool) replica.Places {
	if !isHub {
		return replica.Places{}
	}
	l := listenOf(c)
	told := replica.Places{Address: l.Address}
	if identity.Loopback(l.Address) && !slices.ContainsFunc(config.Places(c.Listen), identity.Loopback) {
		told.Address = ""
	}
	for _, part := range []struct {
		from string
		to   *string
	}{{l.Web, &told.Web}, {l.Door, &told.Door}} {
		if identity.Reachable(part.from) && identity.Loopback(part.from) == identity.Loopback(l.Address) {
			*part.to = part.from
		}
	}
	return told
}

// Joining is what Join needs.
type Joining struct {
	Dir    string // new, empty, or one in which an earlier attempt was cut short
	Token  string
	Hub    string // https://HOST:PORT of any hub of the network
	Config config.Config
	Keys   Keys
}

// Join enrols the directory as a device of the token's unit and saves its
// configuration; a community keeps no addresses. It returns Invalid for a bad
// token or address, Busy for a directory that has joined before or holds
// something else, Denied when the token is refused, Unavailable when the hub
// cannot be reached.
func Join(ctx context.Context, j Joining) (*identity.Keystore, error) {
	token, err := identity.ParseToken(j.Token)
	if err != nil {
		return nil, err
	}
	if err := j.Config.Validate(); err != nil {
		return nil, err
	}
	if err := Reachable(j.Config); err != nil {
		return nil, err
	}
	client, err := remote.New([]string{j.Hub}, token.Trust(time.Now), remote.Options{})
	if err != nil {
		return nil, err
	}
	if err := joinable(j.Dir); err != nil {
		return nil, err
	}
	if err := ownDir(j.Dir); err != nil {
		return nil, fault.Wrap("make the directory", err)
	}
	v, err := makeVault(j.Dir, j.Keys.Source, j.Keys.Options)
	if err != nil {
		return nil, err
	}
	keys, err := identity.Create(j.Dir, identity.Options{Key: v.Key(vault.Identity)})
	if err != nil {
		return nil, err
	}
	// Saved before it joins: a hub that has joined and lacks its addresses could
	// neither be served nor join again.
	if err := j.Config.Save(j.Dir); err != nil {
		return nil, err
	}
	if err := identity.Join(ctx, keys, token, client, listenOf(j.Config)); err != nil {
		return nil, err
	}
	failpoint.Reach("tier.join.installed")
	if p := keys.Placement(); p.Unit == p.RootUnit {
		return nil, fault.New(fault.Unsupported, "an older city has let this directory join as a second one of the city's own unit: it cannot serve").
			WithHint("revoke device %s at the city and remove the directory", keys.Device())
	}
	level := tree.Level(keys.Placement().Level)
	if c := ofLevel(level, j.Config); c != j.Config {
		if err := c.Save(j.Dir); err != nil {
			return keys, err
		}
	}
	return keys, beginJournal(j.Dir, v, level)
}

// beginJournal makes the journal of a directory that has joined, before anybody can
// serve it: a server and a command that made it at once would be in each other's way.
func beginJournal(dir string, v *vault.Vault, level tree.Level) error {
	kinds, err := schema.Load()
	if err != nil {
		return err
	}
	r, err := replica.Open(replica.Config{Dir: dir, Vault: v, Hub: level != tree.Community, Schema: kinds})
	if err != nil {
		return fault.Wrap("begin the journal", err)
	}
	return r.Close()
}

// ownDir makes the directory, or closes one that is there to others: it was empty,
// and may have been made with any mode.
func ownDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.Chmod(dir, 0o700)
}

// ofLevel is the configuration without what a tier has no use for: nobody dials a
// community, and its web is where its own pages are.
func ofLevel(level tree.Level, c config.Config) config.Config {
	if level == tree.Community {
		c.Listen, c.Door, c.Advertise, c.AdvertiseWeb, c.AdvertiseDoor, c.View = "", "", "", "", "", false
	}
	return c
}

// joinable refuses a directory that has joined before; an earlier attempt that was
// cut short is continued.
func joinable(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "identity", "network.json")); err == nil {
		return fault.New(fault.Busy, "this directory has joined a network before").WithHint("join from a new directory, or tongbu serve this one")
	}
	if _, err := os.Stat(filepath.Join(dir, "identity")); err == nil || vault.Exists(dir) {
		return nil
	}
	return Vacant(dir)
}

// Vacant returns Busy unless the directory is missing or empty.
func Vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case os.IsNotExist(err):
		return nil
	case err != nil:
		return fault.Wrap("look at the directory", err)
	case len(entries) > 0:
		return fault.New(fault.Busy, "the directory is not empty").WithHint("choose a new one")
	}
	return nil
}

// Holds reports whether a path is a directory of the program's, whole or with its vault or
// its keys gone.
func Holds(path string) bool {
	for _, file := range append(identity.KeyFiles(path), filepath.Join(path, vault.File)) {
		if _, err := os.Lstat(file); err == nil {
			return true
		}
	}
	return false
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}
