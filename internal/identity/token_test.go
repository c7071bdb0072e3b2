package identity_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
)

func TestToken(t *testing.T) {
	n, _ := mustFound(t)
	token := n.MustInvite(t, n.Community)
	text := token.Text()
	if got, want := len(text), 123; got != want {
		t.Errorf("a token has %d characters, want %d", got, want)
	}
	wrapped := "  " + text[:40] + "\r\n\t" + text[40:] + "\n"
	got, err := identity.ParseToken(wrapped)
	if err != nil || got != token {
		t.Errorf("got %v, %v, want %v", got, err, token)
	}
}

func TestParseTokenRefuses(t *testing.T) {
	n, _ := mustFound(t)
	text := n.MustInvite(t, n.Community).Text()
	for name, c := range map[string]struct {
		text string
		kind fault.Kind
	}{
		"empty":       {"", fault.Invalid},
		"other text":  {"hello", fault.Invalid},
		"cut":         {text[:len(text)-5], fault.Invalid},
		"doubled":     {text + text, fault.Invalid},
		"later form":  {"tb2." + text[4:], fault.Unsupported},
		"no body":     {"tb1.", fault.Invalid},
		"padding":     {text + "=", fault.Invalid},
		"capitalised": {strings.ToUpper(text), fault.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := identity.ParseToken(c.text)
			wantKind(t, err, c.kind, "token")
			if len(c.text) > 8 && strings.Contains(err.Error(), c.text[4:20]) {
				t.Errorf("the error repeats the token: %v", err)
			}
		})
	}
}

func TestParseTokenFindsEveryTypingError(t *testing.T) {
	n, _ := mustFound(t)
	text := n.MustInvite(t, n.Community).Text()
	for i := len("tb1."); i < len(text); i++ {
		other := byte('A')
		if text[i] == other {
			other = 'B'
		}
		if _, err := identity.ParseToken(text[:i] + string(other) + text[i+1:]); fault.Of(err) != fault.Invalid {
			t.Fatalf("character %d wrong: got %v, want invalid", i, err)
		}
	}
}

func TestTokenHidesItsSecret(t *testing.T) {
	n, _ := mustFound(t)
	token := n.MustInvite(t, n.Community)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", token)
	asJSON, err := json.Marshal(token)
	if err != nil {
		t.Fatal(err)
	}
	secret := token.Text()[100:] // the end of the secret and the checksum
	for _, text := range []string{log.String(), string(asJSON), fmt.Sprint(token), fmt.Sprintf("%+v %#v %s", token, token, token)} {
		if strings.Contains(text, secret) || strings.Contains(text, "secret") {
			t.Errorf("a token shows its secret: %s", text)
		}
	}
}

func FuzzParseToken(f *testing.F) {
	f.Add("tb1.")
	f.Add("tb1.OTkwMTAwMDAwMDAwLmFiY2RlZmdo")
	f.Fuzz(func(t *testing.T, text string) {
		token, err := identity.ParseToken(text)
		if err == nil && token.Text() != strings.Join(strings.Fields(text), "") {
			t.Errorf("%q is accepted but not canonical", text)
		}
	})
}

func FuzzParseMember(f *testing.F) {
	f.Add("spiffe://990100000000.abcdefgh/unit/" + string(testUnit) + "/device/aaaaaaaaaaaaaaaa")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := identity.ParseMember(text)
		if err != nil && fault.Of(err) != fault.Denied {
			t.Errorf("got kind %s, want denied", fault.Of(err))
		}
		again := "spiffe://" + string(m.Network) + "/unit/" + string(m.Unit) + "/device/" + string(m.Device)
		if err == nil && again != text {
			t.Errorf("%q is accepted as %q", text, again)
		}
	})
}
