package doctor

import (
	"context"
	"net"
	"strings"
	"time"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/internal/config"
	"tongbu/internal/fault"
	"tongbu/node/operate"
)

// ports says whether a hub takes calls, or could.
func ports(ctx context.Context, f *facts) []Finding {
	c := f.config
	if !f.isHub {
		return one(ok(say("a community takes no calls: it only dials out")))
	}
	if c.Listen == "" || c.Web == "" {
		return one(bad("", fault.Invalid, say("a hub needs listen and web"), say("set them in DIR/%s", config.File)))
	}
	configured := operate.Listening{Links: c.Listen, Web: c.Web, Door: strings.Join(tier.Doors(c), ",")}
	var found []Finding
	for _, p := range []struct{ key, places string }{{"listen", configured.Links}, {"web", configured.Web}, {"door", configured.Door}} {
		for _, place := range config.Places(p.places) {
			if f.served {
				found = append(found, answering(ctx, p.key, place)...)
			} else {
				found = append(found, free(ctx, p.key, place)...)
			}
		}
	}
	if f.served && f.status != nil && f.status.Listening != nil && *f.status.Listening != configured {
		found = append([]Finding{warn(say("the process takes calls on %s, the configuration says other ports", strings.Join([]string{f.status.Listening.Links, f.status.Listening.Web, f.status.Listening.Door}, ", ")),
			say("start it again to use those of the configuration"))}, found...)
	}
	if err := tier.Reachable(c); err != nil {
		found = append(found, warn(line(oneLine(err.Error())), line(oneLine(fault.Hint(err)))))
	}
	if len(found) > 0 {
		return found
	}
	all := strings.Join([]string{configured.Links, configured.Web, configured.Door}, ", ")
	if f.served {
		return one(ok(say("calls are taken on %s; the firewall must let the tiers below reach them", all)))
	}
	return one(ok(say("free to be taken: %s", all)))
}

// dialLimit bounds a dial.
const dialLimit = 3 * time.Second

// answering wants somebody to accept calls at a place of this computer.
func answering(ctx context.Context, key, place string) []Finding {
	host, port, err := net.SplitHostPort(place)
	if err != nil || port == "0" {
		return nil // the system chose a port, which nobody else knows
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // a bare system may have no name for it
		if ip != nil && ip.To4() == nil {
			host = "::1"
		}
	}
	ctx, end := context.WithTimeout(ctx, dialLimit)
	defer end()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return one(bad("", fault.Unavailable, say("%s: nobody takes calls on %s, though a process serves the directory", key, place), say("start it again, and look at its log")))
	}
	_ = conn.Close()
	return nil
}

// free wants a place that this computer can take calls on. It takes and leaves it.
func free(ctx context.Context, key, place string) []Finding {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", place)
	if err == nil {
		_ = l.Close()
		return nil
	}
	switch kind := fault.Of(err); kind {
	case fault.Busy:
		return one(bad("", kind, say("%s: port %s is in use by another program", key, place), say("find it (Linux: ss -ltnp; Windows: netstat -ano) and end it, or choose another port in tongbu.yaml")))
	case fault.Denied:
		return one(bad("", kind, say("%s: this user may not take port %s", key, place), say("choose a port above 1023 in tongbu.yaml, or let the service have the right")))
	}
	return one(bad("", fault.Invalid, say("%s: %s is no address of this computer", key, place), say("write one of its addresses, or 0.0.0.0:PORT, in tongbu.yaml")))
}
