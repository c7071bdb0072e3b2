package config_test

import (
	"testing"

	"tongbu/internal/config"
	"tongbu/internal/fault"
)

// TestSeveralPlaces: a hub may listen at several places, and tells one.
func TestSeveralPlaces(t *testing.T) {
	for _, test := range []struct {
		what           config.Config
		links, web, at string
	}{
		{config.Config{Listen: "10.0.0.2:1", Web: "10.0.0.2:2"}, "10.0.0.2:1", "10.0.0.2:2", ""},
		{config.Config{Listen: "10.0.0.2:1, 10.0.0.1:1", Web: "10.0.0.2:2,10.0.0.1:2", Door: "10.0.0.2:3,10.0.0.1:3"}, "10.0.0.2:1", "10.0.0.2:2", "10.0.0.2:3"},
		{config.Config{Listen: "127.0.0.1:1,localhost:1,10.0.0.1:1"}, "10.0.0.1:1", "", ""},
		{config.Config{Listen: "127.0.0.1:1,127.0.0.1:2"}, "127.0.0.1:1", "", ""},
		{config.Config{Listen: "0.0.0.0:1,0.0.0.0:2", Advertise: "hub.example:9"}, "hub.example:9", "", ""},
		{config.Config{}, "", "", ""},
	} {
		if err := test.what.Validate(); err != nil {
			t.Errorf("%+v: %v", test.what, err)
		}
		if links, web, at := test.what.Links(), test.what.WebLinks(), test.what.DoorLinks(); links != test.links || web != test.web || at != test.at {
			t.Errorf("%+v: told %q, %q, %q", test.what, links, web, at)
		}
	}
	for _, wrong := range []config.Config{{Listen: "10.0.0.1:1,"}, {Listen: ",10.0.0.1:1"}, {Web: "10.0.0.1:1,nowhere"}, {Listen: "a:1,a:2,a:3,a:4,a:5"},
		{Advertise: "hub.example:1,hub.example:2"}, {Advertise: "hub.example:0"}, {Door: "a:1;b:2"}} {
		if err := wrong.Validate(); fault.Of(err) != fault.Invalid {
			t.Errorf("%+v: got %v, want Invalid", wrong, err)
		}
	}
}
