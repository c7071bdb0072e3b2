//go:build !windows

package service

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	system "github.com/kardianos/service"

	"tongbu/internal/fault"
)

// unitDir is where the library, and whoever manages a machine, puts units.
const unitDir = "/etc/systemd/system"

func fileOf(name string) string { return filepath.Join(unitDir, name+".service") }

// WhereToLook says where a service that does not run tells why.
func WhereToLook(name string) string { return "see journalctl -u " + name }

// readUnit returns the unit's text, "" when there is none.
func readUnit(name string) (string, error) {
	raw, err := os.ReadFile(fileOf(name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(raw), fault.Wrap("read the service's unit", err)
}

// mayChange returns NotFound when the directory has no service of the name, Busy when
// the name is another's, Denied for who is not root.
func mayChange(s Spec) error {
	text, err := readUnit(s.Name)
	switch dir := servedBy(text); {
	case err != nil:
		return err
	case text == "":
		return notInstalled(s)
	case dir == "":
		return fault.New(fault.Busy, "%s is there already, and is not this program's", fileOf(s.Name)).WithHint("give the service another name with --name")
	case dir != s.Dir:
		return fault.New(fault.Busy, "the service %s is there already, and serves %s", s.Name, dir).WithHint("give this one another name with --name")
	}
	return mustBeRoot()
}

func mustBeRoot() error {
	if os.Geteuid() != 0 {
		return fault.New(fault.Denied, "services are the system administrator's to change").WithHint("run it as root")
	}
	return nil
}

// put writes the unit; an earlier one of the same directory goes before.
func put(s Spec, h system.Service) error {
	err := mayChange(s)
	if fault.Of(err) == fault.NotFound {
		err = mustBeRoot()
	} else if err == nil {
		err = fault.Wrap("replace the service", h.Uninstall())
	}
	if err != nil {
		return err
	}
	if err := h.Install(); err != nil {
		_ = os.Remove(fileOf(s.Name)) // the library writes before it fails
		return fault.Wrap("install the service", err)
	}
	return nil
}

// begin starts the process, or starts it again where an earlier unit has.
func begin(_ Spec, h system.Service) error { return h.Restart() }

// end stops the process, if it runs.
func end(h system.Service) error { return h.Stop() }

func stateOf(s Spec, _ system.Service) (string, error) {
	if err := mayChange(s); err != nil && fault.Of(err) != fault.Denied {
		return "", err
	}
	// The exit code tells the state once more. Nothing said: systemd is not to be reached.
	out, _ := exec.Command("systemctl", "is-active", s.Name+".service").Output()
	return cmp.Or(strings.TrimSpace(string(out)), "unknown"), nil
}

// OwnerOf is whose a directory is, "" for root: the service runs as them.
func OwnerOf(dir string) (string, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return "", fault.Wrap("look at the directory", err)
	}
	stat, known := info.Sys().(*syscall.Stat_t)
	if !known || stat.Uid == 0 {
		return "", nil
	}
	id := strconv.FormatUint(uint64(stat.Uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return u.Username, nil
	}
	return id, nil // systemd takes numbers, too
}
