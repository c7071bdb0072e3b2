// Package config reads how a directory is to be served: defaults, then
// DIR/tongbu.yaml, then the environment (TONGBU_*), then flags. A key that
// does not exist is an error, with the one that was meant.
package config

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
	"tongbu/internal/plain"
)

// File is the configuration's name in a directory.
const File = "tongbu.yaml"

// Config is how a directory is served. The zero value of a field means what
// its comment says.
type Config struct {
	Listen        string        `yaml:"listen,omitempty"`         // HOST:PORT a hub takes links on (gRPC); needed at a hub. Several, with commas, while it moves: others are told the first
	Web           string        `yaml:"web,omitempty"`            // HOST:PORT a hub takes HTTPS on (joining); needed at a hub, several as at Listen. At a node: where its pages are (HTTP), of this computer only; empty: it has none
	WebLAN        string        `yaml:"web_lan,omitempty"`        // HOST:PORT a node shows its pages at to other computers of the station (HTTPS, with a certificate of its own); empty: to none
	Door          string        `yaml:"door,omitempty"`           // HOST:PORT a hub renews certificates on (HTTPS); empty: Web's host and the port after it. Several as at Listen
	Advertise     string        `yaml:"advertise,omitempty"`      // HOST:PORT others reach Listen by; empty: Listen
	AdvertiseWeb  string        `yaml:"advertise_web,omitempty"`  // HOST:PORT others reach Web by; empty: Web
	AdvertiseDoor string        `yaml:"advertise_door,omitempty"` // HOST:PORT others reach Door by; empty: Door, or the port after AdvertiseWeb
	API           string        `yaml:"api,omitempty"`            // HOST:PORT a hub with a view answers programs on (gRPC and HTTPS); empty: none may ask. Several as at Listen
	AdvertiseAPI  string        `yaml:"advertise_api,omitempty"`  // HOST:PORT programs reach API by, whose name its certificate has; empty: API
	APICert       string        `yaml:"api_cert,omitempty"`       // file in PEM: certificate of another authority for API, with its chain; empty: one of the network's
	APIKey        string        `yaml:"api_key,omitempty"`        // file in PEM: its key
	Monitor       string        `yaml:"monitor,omitempty"`        // HOST:PORT that programs which watch it read figures from (HTTP); a port alone: of this computer only; empty: none
	MonitorLag    uint64        `yaml:"monitor_lag,omitempty"`    // arrivals that a view may lack and still be called ready; 0: 10,000
	View          bool          `yaml:"view,omitempty"`           // a street or district answers questions itself; the city always does
	Heartbeat     time.Duration `yaml:"heartbeat,omitempty"`      // between signs of life on a link; 0: 10s
	Prefer        time.Duration `yaml:"prefer,omitempty"`         // between looks for a nearer hub; 0: 30s
	QuestionTime  time.Duration `yaml:"question_time,omitempty"`  // how long a question of a device may run at a hub, and wait before; 0: 5s
	Reserve       string        `yaml:"reserve,omitempty"`        // room kept for what is on its way when the disk is full, as in 32MiB; empty: 32MiB at a hub, 8MiB at a node
	MaxSize       string        `yaml:"max_size,omitempty"`       // limit of the journal's file, as in 2GiB; empty: 1GiB at a node, 64GiB at a hub
	Log           string        `yaml:"log,omitempty"`            // debug, info, warn or error; empty: info
	LogFormat     string        `yaml:"log_format,omitempty"`     // text or json, a line each; empty: text
	LogFile       string        `yaml:"log_file,omitempty"`       // file that the log is written to, with a few older ones beside it; empty: standard error

	// What is done each night, at times of day in the network's zone.
	NightlyVerify    string `yaml:"nightly_verify,omitempty"`     // when the directory is verified, as in 02:30; empty: never
	NightlyBackup    string `yaml:"nightly_backup,omitempty"`     // when it is backed up, as in 03:00; empty: never
	NightlyBackupDir string `yaml:"nightly_backup_dir,omitempty"` // directory for the backups, outside of this one; needed with NightlyBackup
	NightlyKeep      int    `yaml:"nightly_keep,omitempty"`       // how many of its own nightly backups are kept there; 0: 7
	NightlyCut       string `yaml:"nightly_cut,omitempty"`        // when a node cuts batches off its journal, as in 03:30; empty: never
	KeepDays         int    `yaml:"keep_days,omitempty"`          // days for which it keeps batches that the city has recorded; 0: 30

	// The key that the directory is encrypted with is kept outside of it.
	Keys           string `yaml:"keys,omitempty"`            // directory of key files; empty: /etc/tongbu/keys for root, else tongbu/keys in the user's configuration directory
	PassphraseFile string `yaml:"passphrase_file,omitempty"` // file whose first line is the passphrase; empty: it is asked for
}

const envPrefix = "TONGBU_"

// EnvLanguage is the variable of the language of messages. It is about who reads,
// not about a directory, and is no key of one.
const EnvLanguage = envPrefix + "LANG"

// Bounds of times. A number without its unit is taken for nanoseconds, and a
// heartbeat of ten of them would keep a line busy with nothing else.
const (
	minTime = time.Millisecond
	maxTime = time.Hour
)

// Load reads the directory's file, if there is one, and the environment.
func Load(dir string, environ []string) (Config, error) {
	var c Config
	raw, err := os.ReadFile(filepath.Join(dir, File))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return c, fault.Wrap("read "+File, err)
	}
	if err := c.parse(raw); err != nil {
		return c, err
	}
	if err := c.environment(environ); err != nil {
		return c, err
	}
	return c, c.Validate()
}

func (c *Config) parse(raw []byte) error {
	raw, in := plain.File(raw)
	if in != plain.UTF8 {
		return fault.New(fault.Invalid, "%s is not written in UTF-8", File).WithHint("save it again as UTF-8 in your editor; with or without a byte-order mark")
	}
	err := yaml.NewDecoder(bytes.NewReader(withoutNothing(raw)), yaml.Strict()).Decode(c)
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	return cannotRead(err)
}

// withoutNothing empties the line that programs of before have written for no keys at
// all: who adds a key below it means both.
func withoutNothing(raw []byte) []byte {
	lines := bytes.Split(raw, []byte("\n"))
	for i, line := range lines {
		if string(bytes.TrimSpace(line)) == "{}" {
			lines[i] = nil
		}
	}
	return bytes.Join(lines, []byte("\n"))
}

// cannotRead says in plain words what is wrong with the file, and in which line.
func cannotRead(err error) error {
	const hint = "one key: value a line; times have a unit, as in 10s"
	var at yaml.Error
	if !errors.As(err, &at) || at.GetToken() == nil || at.GetToken().Position == nil {
		return fault.New(fault.Invalid, "%s: %s", File, oneLine(yaml.FormatError(err, false, false))).WithHint(hint)
	}
	line, word := at.GetToken().Position.Line, at.GetToken().Value
	var unknown *yaml.UnknownFieldError
	var other *yaml.TypeError
	switch {
	case errors.As(err, &unknown):
		return fault.New(fault.Invalid, "%s, line %d: no such key: %q", File, line, word).WithHint(knownKeys, strings.Join(keyNames(), ", "))
	case errors.As(err, &other):
		return fault.New(fault.Invalid, "%s, line %d: the value %q does not fit", File, line, word).WithHint(hint)
	}
	return fault.New(fault.Invalid, "%s, line %d cannot be read: %v", File, line, oneLine(at.GetMessage())).WithHint(hint)
}

// knownKeys is the hint with an unknown one.
const knownKeys = "keys: %s"

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func (c *Config) environment(environ []string) error {
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		key, ours := strings.CutPrefix(name, envPrefix)
		if !ours || name == EnvLanguage || failpoint.Enabled && name == failpoint.Env {
			continue
		}
		if err := c.Set(strings.ToLower(key), value); err != nil {
			return fault.Wrap("environment "+name, err)
		}
	}
	return nil
}

// Set sets one key from text. It returns Invalid for an unknown key or a
// value that does not fit.
func (c *Config) Set(key, value string) error {
	i := slices.Index(keyNames(), key)
	if i < 0 {
		return fault.New(fault.Invalid, "no such key: %q", key).WithHint(knownKeys, strings.Join(keyNames(), ", "))
	}
	field := reflect.ValueOf(c).Elem().Field(i)
	var err error
	switch field.Interface().(type) {
	case string:
		field.SetString(value)
	case uint64:
		var n uint64
		n, err = strconv.ParseUint(value, 10, 64)
		field.SetUint(n)
	case bool:
		var b bool
		b, err = strconv.ParseBool(value)
		field.SetBool(b)
	case time.Duration:
		var d time.Duration
		d, err = time.ParseDuration(value)
		field.SetInt(int64(d))
	case int:
		var n int
		n, err = strconv.Atoi(value)
		field.SetInt(int64(n))
	}
	if err != nil {
		return fault.New(fault.Invalid, "%s: the value does not fit", key)
	}
	return nil
}

func keyNames() []string {
	t := reflect.TypeFor[Config]()
	names := make([]string, t.NumField())
	for i := range names {
		names[i], _, _ = strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
	}
	return names
}

// Validate checks the values before anything is opened.
func (c *Config) Validate() error {
	for _, a := range []struct{ key, value string }{{"listen", c.Listen}, {"web", c.Web}, {"web_lan", c.WebLAN}, {"door", c.Door}, {"advertise", c.Advertise}, {"advertise_web", c.AdvertiseWeb}, {"advertise_door", c.AdvertiseDoor}, {"api", c.API}, {"advertise_api", c.AdvertiseAPI}} {
		if err := checkPlaces(a.key, a.value); err != nil {
			return err
		}
	}
	if err := checkMonitor(c.Monitor); err != nil {
		return err
	}
	for _, d := range []struct {
		key   string
		value time.Duration
	}{{"heartbeat", c.Heartbeat}, {"prefer", c.Prefer}, {"question_time", c.QuestionTime}} {
		if d.value != 0 && (d.value < minTime || d.value > maxTime) {
			return fault.New(fault.Invalid, "%s: %v is not from %v to %v", d.key, d.value, minTime, maxTime).WithHint("write the unit, as in 10s")
		}
	}
	for _, p := range []struct{ key, value string }{{"keys", c.Keys}, {"passphrase_file", c.PassphraseFile}, {"nightly_backup_dir", c.NightlyBackupDir}, {"log_file", c.LogFile}, {"api_cert", c.APICert}, {"api_key", c.APIKey}} {
		if p.value != "" && !filepath.IsAbs(p.value) {
			return fault.New(fault.Invalid, "%s: %q is not an absolute path", p.key, p.value)
		}
	}
	for _, size := range []struct{ key, value string }{{"reserve", c.Reserve}, {"max_size", c.MaxSize}} {
		if size.value == "" {
			continue
		}
		if _, err := parseSize(size.key, size.value); err != nil {
			return err
		}
	}
	if !slices.Contains([]string{"", "debug", "info", "warn", "error"}, c.Log) {
		return fault.New(fault.Invalid, "log: %q is not debug, info, warn or error", c.Log)
	}
	if !slices.Contains([]string{"", "text", "json"}, c.LogFormat) {
		return fault.New(fault.Invalid, "log_format: %q is not text or json", c.LogFormat)
	}
	return c.checkNights()
}

// Save writes and syncs the file of a directory that is being made.
func (c *Config) Save(dir string) error {
	var raw []byte
	if *c != (Config{}) { // nothing would be {}, after which no key can be written
		var err error
		if raw, err = yaml.Marshal(c); err != nil {
			return fault.As(fault.Internal, "write "+File, err)
		}
	}
	if string(raw) == "{}\n" {
		raw = nil // somebody will add a line below it
	}
	f, err := os.OpenFile(filepath.Join(dir, File), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fault.Wrap("write "+File, err)
	}
	_, err = f.Write(append([]byte("# How this directory is served; see docs/operations.md for all keys.\n"), raw...))
	return fault.Wrap("write "+File, errors.Join(err, f.Sync(), f.Close()))
}
