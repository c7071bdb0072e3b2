package service

import (
	"errors"

	system "github.com/kardianos/service"
	"golang.org/x/sys/windows"
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

// clearWay takes an earlier service of the same name away.
func clearWay(s Spec, h system.Service) error {
	err := mayChange(s)
	if fault.Of(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	_ = h.Stop() // it may not run
	return fault.Wrap("replace the service", h.Uninstall())
}

func forget(Spec) {}

// afterInstall lets Windows start a service again that has ended with a failure, too,
// not only one that died: the library does not.
func afterInstall(s Spec) error {
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
	err = installed.SetRecoveryActionsOnNonCrashFailures(true)
	if errors.Is(err, windows.ERROR_INVALID_LEVEL) { // Wine has no such setting
		return nil
	}
	return fault.Wrap("set what follows a failure", err)
}

// begin starts the process: clearWay has stopped one that ran.
func begin(h system.Service) error { return h.Start() }

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
