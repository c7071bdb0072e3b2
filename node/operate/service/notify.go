package service

import (
	"context"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"tongbu/internal/fault"
)

// Notifier tells systemd how the process stands, where systemd has started it so: a
// datagram to the socket that NOTIFY_SOCKET names. Elsewhere it says nothing. Nothing
// depends on whether it is heard.
type Notifier struct {
	socket string
	every  time.Duration // between two signs of life; 0: nobody waits for them
}

// NewNotifier reads from the environment who is to be told.
func NewNotifier(environ []string) Notifier {
	value := map[string]string{}
	for _, pair := range environ {
		if name, text, _ := strings.Cut(pair, "="); name == "NOTIFY_SOCKET" || name == "WATCHDOG_USEC" || name == "WATCHDOG_PID" {
			value[name] = text
		}
	}
	n := Notifier{socket: value["NOTIFY_SOCKET"]}
	if pid := value["WATCHDOG_PID"]; pid == "" || pid == strconv.Itoa(os.Getpid()) {
		limit, _ := strconv.ParseInt(value["WATCHDOG_USEC"], 10, 64) // no number: nobody waits
		n.every = time.Duration(max(limit, 0)) * time.Microsecond / 3
	}
	return n
}

// Ready says that the process serves, with a line that the status shows.
func (n Notifier) Ready(status string) error {
	return n.send("READY=1\nSTATUS=" + strings.Join(strings.Fields(status), " "))
}

// Stopping says that the process is about to end.
func (n Notifier) Stopping() error { return n.send("STOPPING=1\nSTATUS=stopping") }

// Watch gives a sign of life three times in the time after which systemd takes the
// process for stuck, each after alive has returned nil, until the context ends.
func (n Notifier) Watch(ctx context.Context, alive func(context.Context) error) error {
	if n.socket == "" || n.every <= 0 {
		<-ctx.Done()
		return nil
	}
	tick := time.NewTicker(n.every)
	defer tick.Stop()
	for {
		if alive(ctx) == nil {
			_ = n.send("WATCHDOG=1") // the next one may get through
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (n Notifier) send(state string) error {
	if n.socket == "" {
		return nil
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: n.socket, Net: "unixgram"})
	if err != nil {
		return fault.As(fault.Unavailable, "tell the service manager", err)
	}
	defer c.Close() //nolint:errcheck // a datagram is sent or not
	_, err = c.Write([]byte(state))
	return fault.Wrap("tell the service manager", err)
}
