package identity

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// maxTold bounds an address: a DNS name has up to 253 characters.
const maxTold = 260

// Reachable reports whether an address can lead others anywhere: HOST:PORT with a
// port, and a DNS name or an IP address that is not every address of a computer.
// One of the own computer passes: a network on one machine has no other.
func Reachable(address string) bool {
	host, port, err := net.SplitHostPort(address)
	if err != nil || len(address) > maxTold {
		return false
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return false
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Zone() == "" && !ip.Unmap().IsUnspecified() && !ip.IsMulticast()
	}
	return isName(host)
}

// isName reports whether a host may be a DNS name. One of digits and dots alone is
// an IP address that was mistyped.
func isName(host string) bool {
	letters := false
	for _, r := range host {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_'
		letters = letters || letter
		if !letter && r != '.' && (r < '0' || r > '9') {
			return false
		}
	}
	return letters && !strings.HasPrefix(host, ".") && !strings.HasPrefix(host, "-") && !strings.Contains(host, "..")
}

// Loopback reports whether an address leads everybody to their own computer.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback() || strings.EqualFold(strings.TrimSuffix(host, "."), "localhost")
}
