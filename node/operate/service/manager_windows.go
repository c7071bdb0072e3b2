package service

import (
	"errors"
	"strings"
	"syscall"
	"time"

	system "github.com/kardianos/service"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"

	"tongbu/internal/fault"
)

func fileOf(string) string { return "" }

func WhereToLook(string) string {
	return "see the application log in the event viewer, and tongbu.log in the directory"
}

func mayChange(s Spec) error {
	h, err := handle(s)
	if err != nil {
		return err
	}
	_, err = stateOf(s, h)
	return err
}

// put makes the service, or changes the one there is: Windows keeps a removed one for a
// while, and would have no other of its name.
func put(s Spec, h system.Service) error {
	err := mayChange(s)
	if fault.Of(err) == fault.NotFound {
		if err = fault.Wrap("install the service", h.Install()); err == nil {
			err = configure(s, false)
		}
		return err
	}
	if err != nil {
		return err
	}
	if err := end(h); err != nil {
		return fault.Wrap("stop the service", err)
	}
	return configure(s, true)
}

// configure sets what the library does not: that Windows starts a service again that has
// ended with a failure, too, not only one that died; and of a service that was there
// before, what it runs.
func configure(s Spec, before bool) error {
	m, err := mgr.Connect()
	if err != nil {
		return fault.Wrap("reach the service manager", err)
	}
	defer m.Disconnect() //nolint:errcheck // nothing depends on it
	installed, err := m.OpenService(s.Name)
	if err != nil {
		return fault.Wrap("open the service", err)
	}
	defer installed.Close() //nolint:errcheck // only a handle
	if before {
		err = installed.UpdateConfig(mgr.Config{ServiceType: windows.SERVICE_WIN32_OWN_PROCESS, StartType: mgr.StartAutomatic, ErrorControl: mgr.ErrorNormal,
			BinaryPathName: commandLine(s), ServiceStartName: s.User, Password: s.Password, DisplayName: "tongbu " + s.Dir, Description: "tongbu serves " + s.Dir})
	}
	if err == nil || isWine(err) {
		err = installed.SetRecoveryActionsOnNonCrashFailures(true)
	}
	if isWine(err) {
		return nil
	}
	return fault.Wrap("set up the service", err)
}

// isWine reports an error that only Wine gives, which lacks settings of newer Windows; all
// others were made before.
func isWine(err error) bool { return errors.Is(err, windows.ERROR_INVALID_LEVEL) }

// commandLine is how the library writes what a service runs.
func commandLine(s Spec) string {
	words := []string{syscall.EscapeArg(s.Program)}
	for _, arg := range arguments(s) {
		words = append(words, syscall.EscapeArg(arg))
	}
	return strings.Join(words, " ")
}

// A service that starts is waited for so long, and looked at so often. A view that is made
// again may take longer.
const (
	startLimit = time.Minute
	startLook  = 200 * time.Millisecond
)

// begin starts the process and waits until it serves: before, it takes no order to stop.
func begin(s Spec, h system.Service) error {
	if err := h.Start(); err != nil {
		return err
	}
	limit := time.NewTimer(startLimit)
	defer limit.Stop()
	look := time.NewTicker(startLook)
	defer look.Stop()
	for {
		switch state, err := askState(s.Name); {
		case err != nil:
			return err
		case state == svc.Running:
			return nil
		case state == svc.Stopped:
			return fault.New(fault.Unavailable, "it has ended again")
		}
		select {
		case <-look.C:
		case <-limit.C:
			return nil
		}
	}
}

func askState(name string) (svc.State, error) {
	m, err := mgr.Connect()
	if err != nil {
		return 0, fault.Wrap("reach the service manager", err)
	}
	defer m.Disconnect() //nolint:errcheck // nothing depends on it
	installed, err := m.OpenService(name)
	if err != nil {
		return 0, fault.Wrap("open the service", err)
	}
	defer installed.Close() //nolint:errcheck // only a handle
	status, err := installed.Query()
	return status.State, fault.Wrap("ask the service manager", err)
}

// end stops the process, if it runs.
func end(h system.Service) error {
	err := h.Stop()
	if errors.Is(err, windows.ERROR_SERVICE_NOT_ACTIVE) {
		return nil
	}
	return err
}

func stateOf(s Spec, h system.Service) (string, error) {
	switch state, err := h.Status(); {
	case errors.Is(err, system.ErrNotInstalled):
		return "", notInstalled(s)
	case err != nil:
		return "", fault.Wrap("ask the service manager", err)
	case state == system.StatusRunning:
		return Active, nil
	}
	return Inactive, nil
}

// OwnerOf names nobody: a service runs as the local system account unless told.
func OwnerOf(string) (string, error) { return "", nil }
