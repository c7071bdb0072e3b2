package identity

import (
	"net"
	"strconv"
)

// DoorOf is the address at which a hub renews certificates: the one it
// registered, else the port after its HTTPS port (hubs that joined before there
// was a door have none registered). It is empty when neither is known.
func DoorOf(door, web string) string {
	if door != "" {
		return door
	}
	host, port, err := net.SplitHostPort(web)
	n, convErr := strconv.ParseUint(port, 10, 16)
	if err != nil || convErr != nil || n == 65535 {
		return ""
	}
	if n > 0 {
		n++
	}
	return net.JoinHostPort(host, strconv.FormatUint(n, 10))
}
