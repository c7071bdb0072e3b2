package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/config"
	"tongbu/internal/fault"
)

func mustWrite(t *testing.T, text string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, config.File), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestLanguage: the variable that chooses the language of messages is no key.
func TestLanguage(t *testing.T) {
	c, err := config.Load(t.TempDir(), []string{"TONGBU_LANG=zh", "TONGBU_LOG=debug"})
	if err != nil || c.Log != "debug" {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestLoad(t *testing.T) {
	tests := map[string]struct {
		file    string
		environ []string
		want    config.Config
	}{
		"nothing":                   {},
		"comments only":             {file: "# nothing\n"},
		"nights":                    {file: "nightly_verify: 02:30\nnightly_backup: \"03:00\"\nnightly_backup_dir: /mnt/b\nnightly_keep: 3\n", want: config.Config{NightlyVerify: "02:30", NightlyBackup: "03:00", NightlyBackupDir: "/mnt/b", NightlyKeep: 3}},
		"nights of the environment": {environ: []string{"TONGBU_NIGHTLY_VERIFY=23:59", "TONGBU_NIGHTLY_KEEP=9"}, want: config.Config{NightlyVerify: "23:59", NightlyKeep: 9}},
		"the environment wins":      {file: "log: debug\nview: true\n", environ: []string{"TONGBU_LOG=warn", "TONGBU_HEARTBEAT=3s", "TONGBU_VIEW=false", "OTHER=1", "TONGBU_LANG=zh"}, want: config.Config{Log: "warn", Heartbeat: 3 * time.Second}},
		"all":                       {file: "listen: 127.0.0.1:1\nweb: :2\nadvertise: a.example:3\nadvertise_web: b.example:4\nview: true\nheartbeat: 2s\nprefer: 1m\nquestion_time: 8s\nreserve: 1MiB\nmax_size: 2GiB\nlog: debug\nlog_format: json\nlog_file: /var/log/tongbu/city.log\n", want: config.Config{Listen: "127.0.0.1:1", Web: ":2", Advertise: "a.example:3", AdvertiseWeb: "b.example:4", View: true, Heartbeat: 2 * time.Second, Prefer: time.Minute, QuestionTime: 8 * time.Second, Reserve: "1MiB", MaxSize: "2GiB", Log: "debug", LogFormat: "json", LogFile: "/var/log/tongbu/city.log"}},
		"a key below nothing":       {file: "# none\n{}\r\nlog_format: json\n", want: config.Config{LogFormat: "json"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := config.Load(mustWrite(t, test.file), test.environ)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got, err := config.Load(t.TempDir(), nil); err != nil || got != (config.Config{}) {
		t.Errorf("without a file: got %+v, %v", got, err)
	}
}

func TestLoadRefuses(t *testing.T) {
	tests := map[string]struct {
		file    string
		environ []string
		want    string // in the error or its hint
	}{
		"no time of day":                 {file: "nightly_verify: 2:30\n", want: "02:30"},
		"a time past the day":            {file: "nightly_verify: 24:00\n", want: "no time of day"},
		"a backup to nowhere":            {file: "nightly_backup: 03:00\n", want: "nightly_backup_dir"},
		"a backup to a relative place":   {file: "nightly_backup: 03:00\nnightly_backup_dir: here\n", want: "absolute"},
		"none kept":                      {file: "nightly_keep: -1\n", want: "nightly_keep"},
		"a number of words":              {environ: []string{"TONGBU_NIGHTLY_KEEP=many"}, want: "nightly_keep"},
		"an unknown key":                 {file: "listne: :1\n", want: "listne"},
		"the keys it knows":              {file: "listne: :1\n", want: "listen, web"},
		"a key given twice":              {file: "log: info\nlog: warn\n", want: "log"},
		"no YAML":                        {file: "listen: [\n", want: config.File},
		"a list":                         {file: "- listen\n", want: config.File},
		"no truth":                       {file: "view: maybe\n", want: config.File},
		"an address without a port":      {file: "listen: localhost\n", want: "listen"},
		"a port that is none":            {file: "web: localhost:http\n", want: "web"},
		"a port out of range":            {file: "web: localhost:65536\n", want: "web"},
		"nowhere to advertise":           {file: "advertise: localhost:0\n", want: "advertise"},
		"a time without a unit":          {file: "heartbeat: 10\n", want: "10s"},
		"the line of an unknown key":     {file: "log: info\nlistne: :1\n", want: `line 2: no such key: "listne"`},
		"the line of a key given twice":  {file: "log: info\nlog: warn\n", want: `line 2 cannot be read: mapping key "log" already defined`},
		"a value in plain words":         {file: "heartbeat: 10\n", want: `line 1: the value "10" does not fit`},
		"no truth in plain words":        {file: "view: maybe\n", want: `the value "maybe" does not fit`},
		"a text that is no keys":         {file: "listen 0.0.0.0:1\n", want: "line 1 cannot be read"},
		"a time below zero":              {file: "prefer: -1s\n", want: "prefer"},
		"a time too long":                {file: "prefer: 2h\n", want: "prefer"},
		"a size without a unit":          {file: "reserve: 10\n", want: "32MiB"},
		"a size below zero":              {file: "reserve: -1MiB\n", want: "reserve"},
		"a size too large":               {file: "max_size: 9000000000GiB\n", want: "max_size"},
		"a log level of its own":         {file: "log: loud\n", want: "log"},
		"a log of another form":          {file: "log_format: xml\n", want: "log_format"},
		"a log file anywhere":            {file: "log_file: tongbu.log\n", want: "log_file"},
		"an unknown key in the environ":  {environ: []string{"TONGBU_LISTNE=:1"}, want: "TONGBU_LISTNE"},
		"a wrong value in the environ":   {environ: []string{"TONGBU_VIEW=maybe"}, want: "view"},
		"a wrong time in the environ":    {environ: []string{"TONGBU_HEARTBEAT=soon"}, want: "heartbeat"},
		"a wrong address in the environ": {environ: []string{"TONGBU_LISTEN=x"}, want: "listen"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := config.Load(mustWrite(t, test.file), test.environ)
			if fault.Of(err) != fault.Invalid {
				t.Fatalf("got %v, want invalid", err)
			}
			if text := err.Error() + " " + fault.Hint(err); !strings.Contains(text, test.want) || strings.Contains(text, "\n") {
				t.Errorf("got %q, want one line with %q", text, test.want)
			}
		})
	}
}

func TestLoadOfAnUnreadableFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, config.File), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(dir, nil); err == nil {
		t.Error("got no error for a directory in place of the file")
	}
}

func TestSaveAndLoad(t *testing.T) {
	dir := t.TempDir()
	want := config.Config{Listen: "127.0.0.1:1", View: true, Heartbeat: 1500 * time.Millisecond, Log: "warn"}
	if err := want.Save(dir); err != nil {
		t.Fatal(err)
	}
	got, err := config.Load(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestSaveOfNothing: to a file that says nothing a line can be added.
func TestSaveOfNothing(t *testing.T) {
	dir := t.TempDir()
	if err := (&config.Config{}).Save(dir); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, config.File), os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = f.WriteString("log: warn\n"); err == nil {
		err = f.Close()
	}
	if got, failed := config.Load(dir, nil); err != nil || failed != nil || got.Log != "warn" {
		t.Errorf("got %+v, %v, %v", got, failed, err)
	}
}

func TestLinks(t *testing.T) {
	c := config.Config{Listen: "0.0.0.0:1", Web: "0.0.0.0:2", AdvertiseWeb: "a.example:3"}
	if c.Links() != "0.0.0.0:1" || c.WebLinks() != "a.example:3" {
		t.Errorf("got %s and %s, want what is advertised, else what is listened on", c.Links(), c.WebLinks())
	}
}
