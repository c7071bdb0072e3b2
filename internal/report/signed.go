package report

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Bounds, in bytes: a city of 5,000 units has 50 MB of figures.
const (
	MaxReport = 64 << 20  // of what is signed
	MaxSigned = 128 << 20 // of the file, which may have spaces
)

// domain keeps a signature of a report from being one of anything else.
const domain = "tongbu report\n"

// Signed is a report with the signature of the device that made it. The signature is over
// the report's JSON without spaces between its parts.
type Signed struct {
	Report    json.RawMessage   `json:"report"`
	Key       ed25519.PublicKey `json:"key"`
	Signature []byte            `json:"signature"`
}

// Sign signs a report.
func Sign(r *Report, key ed25519.PrivateKey) (*Signed, error) {
	raw, err := json.Marshal(r)
	if err != nil {
		return nil, fault.As(fault.Internal, "write a report", err)
	}
	public, _ := key.Public().(ed25519.PublicKey)
	return &Signed{Report: raw, Key: public, Signature: ed25519.Sign(key, append([]byte(domain), raw...))}, nil
}

// UnmarshalJSON reads the three members as they are written, each once and no others: a
// second one, or one in other letters, would be another report to another reader.
func (s *Signed) UnmarshalJSON(raw []byte) error {
	strict := json.NewDecoder(bytes.NewReader(raw))
	if t, err := strict.Token(); err != nil || t != json.Delim('{') {
		return errNoReport()
	}
	left := map[string]any{"report": &s.Report, "key": &s.Key, "signature": &s.Signature}
	for strict.More() {
		t, err := strict.Token()
		name, _ := t.(string)
		into := left[name]
		if err != nil || into == nil || strict.Decode(into) != nil {
			return errNoReport()
		}
		delete(left, name)
	}
	if len(left) > 0 {
		return errNoReport()
	}
	return nil
}

func errNoReport() error {
	return fault.New(fault.Damaged, "the file is not as tongbu report show --json has written it").WithHint("take the file from where it was made once more")
}

// ID names a report by what is signed.
func (s *Signed) ID() string {
	sum := sha256.Sum256(append([]byte(domain), s.Report...))
	return hex.EncodeToString(sum[:])
}

// Read checks the signature and reads the report. It returns Invalid for what is no
// report, Damaged for one that is not as it was signed, and Unsupported for the form of a
// later program. Whether the device is one of the network says who knows its devices.
func (s *Signed) Read() (*Report, error) {
	var plain bytes.Buffer
	if err := json.Compact(&plain, s.Report); err != nil || len(s.Key) != ed25519.PublicKeySize {
		return nil, fault.New(fault.Invalid, "this is no signed report").WithHint("give a file that tongbu report show --json has written")
	}
	s.Report = plain.Bytes()
	if !ed25519.Verify(s.Key, append([]byte(domain), s.Report...), s.Signature) {
		return nil, fault.New(fault.Damaged, "the report is not as it was signed").WithHint("take the file from where it was made once more")
	}
	r, err := parse(s.Report)
	if err == nil && r.By.Device != change.DeviceOf(s.Key) {
		err = fault.New(fault.Denied, "the report is signed with the key of another device than it names").WithHint("the file is at fault, not this directory: take it from where it was made")
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}
