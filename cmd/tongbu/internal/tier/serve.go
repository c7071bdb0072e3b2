package tier

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"tongbu/hub"
	"tongbu/internal/config"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/task"
	"tongbu/node/operate"
	"tongbu/node/socket"
)

// Serve runs an open tier with its ports and its socket until the context
// ends or a part fails, the tasks beside it too. It calls ready once it
// accepts calls. The ports are closed when it returns; a node has none.
func (t *Tier) Serve(ctx context.Context, ports hub.Listeners, ready func(), beside ...task.Task) error {
	listener, err := socket.Listen(t.dir)
	if err != nil {
		ClosePorts(ports)
		return err
	}
	debug.FreeOSMemory()         // what opening took
	_ = t.Replica.Journal.Rest() // and what it read; a closed one says so to whoever writes
	if t.Hub != nil {
		t.Operate.Listens(operate.Listening{Links: t.config.Listen, Web: t.config.Web, Door: strings.Join(Doors(t.config), ",")})
	}
	ready()
	answer := func(ctx context.Context) error { return socket.Serve(ctx, listener, t.Handler) }
	marked := func(ctx context.Context) error { return markServed(ctx, t.dir) }
	return task.Run(ctx, append(beside, t.run(ports), answer, marked, t.Operate.RunNights, t.Operate.KeepStanding)...)
}

// markEvery is how far the mark of a process that died may lie behind its end.
const markEvery = time.Minute

// markServed keeps the time of the socket's file at now: who finds nobody serving
// the directory reads from it until when somebody did.
func markServed(ctx context.Context, dir string) error {
	tick := time.NewTicker(markEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
		now := time.Now()
		_ = os.Chtimes(filepath.Join(dir, socket.SocketFile), now, now) // it says when, nothing depends on it
	}
	return nil
}

// LastServed is until when a process served the directory, zero if none ever did.
func LastServed(dir string) time.Time {
	info, err := os.Stat(filepath.Join(dir, socket.SocketFile))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

func (t *Tier) run(ports hub.Listeners) task.Task {
	if t.Hub == nil {
		return t.node.Run
	}
	return func(ctx context.Context) error { return t.Hub.Run(ctx, ports) }
}

// Told is where others reach a hub, as its configuration says.
func (t *Tier) Told() identity.Listen { return listenOf(t.config) }

// Listen opens the ports of a hub as it is configured; a node has none.
func (t *Tier) Listen() (hub.Listeners, error) {
	if t.Hub == nil {
		return hub.Listeners{}, nil
	}
	return Listen(t.config)
}

// Listen opens the ports that a hub's configuration names. It returns Invalid
// when one is missing or not of this computer, Busy when one is in use.
func Listen(c config.Config) (l hub.Listeners, err error) {
	if c.Listen == "" || c.Web == "" {
		return l, fault.New(fault.Invalid, "a hub needs listen and web").WithHint("set them in DIR/%s", config.File)
	}
	if l.Links, err = listenOn("listen", config.Places(c.Listen)); err != nil {
		return l, err
	}
	if l.Web, err = listenOn("web", config.Places(c.Web)); err == nil {
		l.Door, err = listenOn("door", Doors(c))
	}
	if err == nil && c.API != "" {
		l.API, err = listenOn("api", config.Places(c.API))
	}
	if err != nil {
		ClosePorts(l)
	}
	return l, err
}

// Doors are the ports that certificates are renewed on: those named, else the ones
// after the HTTPS ports.
func Doors(c config.Config) []string {
	if c.Door != "" {
		return config.Places(c.Door)
	}
	var doors []string
	for _, web := range config.Places(c.Web) {
		doors = append(doors, identity.DoorOf("", web))
	}
	return doors
}

// listenOn opens the places as one port. The first is the one that people see.
func listenOn(key string, places []string) (net.Listener, error) {
	var ports []net.Listener
	for _, place := range places {
		port, err := listenAt(key, place)
		if err != nil {
			for _, open := range ports {
				_ = open.Close()
			}
			return nil, err
		}
		ports = append(ports, port)
	}
	if len(ports) == 1 {
		return ports[0], nil
	}
	return newPorts(ports), nil
}

func listenAt(key, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err == nil {
		return l, nil
	}
	if kind := fault.Of(err); kind == fault.Busy {
		return nil, fault.New(kind, "%s: port %s is in use", key, address).WithHint("choose another in tongbu.yaml, or stop what uses it")
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil, fault.As(fault.Denied, key, err).WithHint("ports below 1024 are root's: run tongbu service install again, or take a higher one")
	}
	return nil, fault.As(fault.Invalid, key, err).WithHint("the address must be one of this computer's")
}

// ClosePorts closes the ports of a hub that will not be served.
func ClosePorts(l hub.Listeners) {
	for _, port := range []net.Listener{l.Links, l.Web, l.Door, l.API} {
		if port != nil {
			_ = port.Close()
		}
	}
}

// hostsOf are the hosts among HOST:PORT that name one computer.
func hostsOf(places ...string) (hosts []string) {
	for _, place := range places {
		host, _, err := net.SplitHostPort(place)
		if ip := net.ParseIP(host); err == nil && host != "" && (ip == nil || !ip.IsUnspecified()) {
			hosts = append(hosts, host)
		}
	}
	return hosts
}
