package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// start founds the network and has everybody join and serve, the tiers one after the
// other.
func (c *city) start(ctx context.Context) error {
	if err := c.found(ctx); err != nil {
		return err
	}
	for _, level := range []int{district, street, community} {
		err := each(ctx, processors, c.level(level), func(ctx context.Context, _ int, s *site) error { return c.join(ctx, s) })
		if err != nil {
			return err
		}
		c.say("%d units of level %d are served", len(c.level(level)), level)
	}
	return nil
}

func (c *city) found(ctx context.Context) error {
	s := c.sites[0]
	listen, err := c.listen()
	if err != nil {
		return err
	}
	c.web = listen[3]
	args := append([]string{"init", "--dir", s.dir, "--unit", s.Code, "--units", c.units(), "--key", c.key(s)}, listen...)
	if _, err := c.program.Run(ctx, args...); err != nil {
		return err
	}
	s.process, err = c.program.Serve(s.dir)
	return err
}

func (c *city) join(ctx context.Context, s *site) error {
	token, err := c.program.Run(ctx, "token", "--dir", c.sites[0].dir, "--unit", s.Code)
	if err != nil {
		return err
	}
	file := filepath.Join(c.dir, s.Code+".token")
	if err := os.WriteFile(file, token, 0o600); err != nil {
		return err
	}
	args := []string{"join", "--dir", s.dir, "--token-file", file, "--hub", "https://" + c.web, "--key", c.key(s)}
	if s.Level != community {
		listen, err := c.listen()
		if err != nil {
			return err
		}
		args = append(args, listen...)
	}
	if _, err := c.program.Run(ctx, args...); err != nil {
		return err
	}
	s.process, err = c.program.Serve(s.dir)
	return err
}

func (c *city) key(s *site) string { return "file:" + filepath.Join(c.dir, s.Code+".key") }

// listen are the flags with three addresses of a hub.
func (c *city) listen() (flags []string, err error) {
	for _, flag := range strings.Fields("--listen --web --door") {
		address, err := c.address()
		if err != nil {
			return nil, err
		}
		flags = append(flags, flag, address)
	}
	return flags, nil
}

// address is one where nobody listens. A port of those that the system gives to
// connections could be one of the hundreds of connections by the time that it is used.
func (c *city) address() (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.port < 32_000 {
		c.port++
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", c.port))
		if err == nil {
			return l.Addr().String(), l.Close()
		}
	}
	return "", fmt.Errorf("no port is free")
}
