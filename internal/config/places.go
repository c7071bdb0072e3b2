package config

import (
	"cmp"
	"net"
	"strconv"
	"strings"

	"tongbu/internal/fault"
)

// maxPlaces bounds the places of one sort that a hub takes calls on: the one it
// moves to, and those it leaves.
const maxPlaces = 4

// checkPlaces checks HOST:PORT, or several where a hub listens: others reach it by
// one alone.
func checkPlaces(key, value string) error {
	places, advertised := Places(value), strings.HasPrefix(key, "advertise")
	if most := maxPlaces; len(places) > most || advertised && len(places) > 1 {
		return fault.New(fault.Invalid, "%s: there are too many addresses", key).WithHint("a hub listens on up to %d, and advertises one", most)
	}
	for _, place := range places {
		_, port, err := net.SplitHostPort(place)
		if n, convErr := strconv.ParseUint(port, 10, 16); err != nil || convErr != nil || n == 0 && advertised {
			return fault.New(fault.Invalid, "%s: %q is not HOST:PORT", key, place)
		}
	}
	return nil
}

// Places are the addresses of a value that may have several, with commas between
// them.
func Places(value string) []string {
	var places []string
	for place := range strings.SplitSeq(value, ",") {
		if place = strings.TrimSpace(place); place != "" || strings.Contains(value, ",") {
			places = append(places, place)
		}
	}
	return places
}

// told is the place of several that others are told: the first that is not of this
// computer alone, or else the first.
func told(value string) string {
	places := Places(value)
	for _, place := range places {
		if host, _, err := net.SplitHostPort(place); err == nil && !net.ParseIP(host).IsLoopback() && host != "localhost" {
			return place
		}
	}
	if len(places) > 0 {
		return places[0]
	}
	return ""
}

// Links is the address others reach the hub's links by.
func (c *Config) Links() string { return cmp.Or(c.Advertise, told(c.Listen)) }

// WebLinks is the address others reach the hub's HTTPS by.
func (c *Config) WebLinks() string { return cmp.Or(c.AdvertiseWeb, told(c.Web)) }

// DoorLinks is the address others reach the hub's renewal by; empty when the
// configuration does not say.
func (c *Config) DoorLinks() string { return cmp.Or(c.AdvertiseDoor, told(c.Door)) }
