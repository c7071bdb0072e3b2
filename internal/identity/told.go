package identity

import (
	"net"
	"net/netip"
)

// Told is an address as it may be told to others: empty for one that names every
// address of the computer it is on (0.0.0.0, [::], no host at all), which leads
// everybody else to themselves.
func Told(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil || host == "" {
		return ""
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.Unmap().IsUnspecified() {
		return ""
	}
	return address
}
