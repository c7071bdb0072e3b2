package limit

import (
	"net"
	"net/netip"
)

// network6 is how many bits of an IPv6 address count: a household is given
// at least a network of as many, and could call from any address in it.
const network6 = 64

// AddressOf is the address a connection counts as: of IPv6 its network. The
// zero prefix stands for what is no IP address.
func AddressOf(a net.Addr) netip.Prefix {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return prefixOf(tcp.AddrPort().Addr())
	}
	if a == nil {
		return netip.Prefix{}
	}
	return ParseAddress(a.String())
}

// ParseAddress does the same for host:port.
func ParseAddress(text string) netip.Prefix {
	host, err := netip.ParseAddrPort(text)
	if err != nil {
		return netip.Prefix{}
	}
	return prefixOf(host.Addr())
}

func prefixOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = network6
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
