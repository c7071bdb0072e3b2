package demo

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/hub"
	"tongbu/internal/fault"
	"tongbu/internal/sample"
	"tongbu/internal/tree"
	"tongbu/internal/vault"
)

// prefer is how often a device looks whether a nearer hub is back.
const prefer = time.Second

// reserve is small: a demo's many directories share one disk.
const reserve = "256KiB"

func playNetwork(ctx context.Context, c *City) (string, error) {
	units, err := tier.Units(bytes.NewReader(sample.Pick(c.cfg.Communities).CSV()), sample.RootCode)
	if err != nil {
		return "", err
	}
	if err := c.settle(units); err != nil {
		return "", err
	}
	if err := c.found(ctx, units); err != nil {
		return "", err
	}
	c.voice.printLine("each of the others joins with a one-time token, over HTTPS, through the hub above it")
	b := c.voice.bar(len(c.sites)-1, "tiers joined")
	for _, level := range []tree.Level{tree.District, tree.Street, tree.Community} {
		err := each(ctx, c.level(level), func(s *site) error {
			err := c.join(ctx, s)
			if err == nil {
				b.add(1)
			}
			return fault.Wrap(s.String(), err)
		})
		if err != nil {
			return "", err
		}
	}
	if err := c.complete(ctx); err != nil {
		return "", err
	}
	return "the city, " + c.size() + ": each in its own directory, linked over TCP with mTLS", nil
}

// size tells how many hubs and communities there are below the city.
func (c *City) size() string {
	return count(len(c.level(tree.District)), "district", "districts") + ", " +
		count(len(c.level(tree.Street)), "street", "streets") + ", " +
		count(len(c.desks), "community", "communities")
}

func (c *City) found(ctx context.Context, units []tree.Unit) error {
	ports, err := c.root.listen(c.beat(), prefer)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.root.dir, 0o700); err != nil {
		tier.ClosePorts(ports)
		return fault.Wrap("make the directory", err)
	}
	network, fingerprint, err := tier.Found(ctx, c.root.dir, units, c.root.cfg, c.keys())
	if err != nil {
		tier.ClosePorts(ports)
		return err
	}
	if err := c.root.serve(ctx, c, ports); err != nil {
		return err
	}
	c.voice.printLine("%s founded: network %s, authority %s", c.root, network, fingerprint.Short())
	return nil
}

// keys are kept beside the directories, in the demo's own place.
func (c *City) keys() tier.Keys {
	return tier.Keys{Options: vault.Options{Keys: filepath.Join(c.dir, "keys")}}
}

// join enrols a new directory of a unit as its device and serves it. The
// ports are open before, so that the address given to others is the real one.
func (c *City) join(ctx context.Context, s *site) error {
	var answer struct{ Token string }
	if err := call(ctx, c.root, http.MethodPost, "/token", hub.TokenRequest{Unit: s.unit.Code, TTL: time.Hour}, &answer); err != nil {
		return err
	}
	ports, err := s.listen(c.beat(), prefer)
	if err != nil {
		return err
	}
	if _, err := tier.Join(ctx, tier.Joining{Dir: s.dir, Token: answer.Token, Hub: "https://" + s.up.cfg.Web, Config: s.cfg, Keys: c.keys()}); err != nil {
		tier.ClosePorts(ports)
		return err
	}
	return s.serve(ctx, c, ports)
}
