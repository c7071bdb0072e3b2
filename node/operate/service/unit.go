package service

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// servesMark is the line of a unit's file that tells whose it is.
const servesMark = "# Serves: "

// noRestart are the exit codes after which another start would fail in the same way,
// or do harm: wrong input, not joined, no right or key, damaged, forked, unsupported.
var noRestart = []int{2, 3, 4, 8, 9, 11}

// hardening is what the process has no use for. Errors of calls that are not allowed
// are answered, not killed: Go asks for some and goes on without them.
const hardening = `NoNewPrivileges=yes
ProtectSystem=strict
PrivateTmp=yes
PrivateDevices=yes
DevicePolicy=closed
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
ProtectProc=invisible
ProcSubset=pid
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
UMask=0077
LimitCORE=0
`

// Unit is the text of the systemd unit of a valid service.
//
// It has no limit for the start: a hub that makes its view again after an upgrade is
// ready when that is done. A memory dump would hold keys, and none is written.
func Unit(s Spec) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# Written by tongbu service install, which replaces it when it is run again.")
	line("# For settings of your own: systemctl edit %s", s.Name)
	line("%s%s", servesMark, s.Dir)
	line("[Unit]")
	line("Description=tongbu serves %s", percent(s.Dir))
	line("Wants=network-online.target")
	line("After=network-online.target time-sync.target")
	line("RequiresMountsFor=%s", quote(s.Dir))
	line("StartLimitIntervalSec=0")
	line("")
	line("[Service]")
	line("Type=notify")
	line("NotifyAccess=main")
	line("ExecStart=%s serve --dir %s", dollar(quote(s.Program)), dollar(quote(s.Dir)))
	if s.User != "" {
		line("User=%s", s.User)
	}
	line("Restart=on-failure")
	line("RestartSec=10s")
	line("RestartPreventExitStatus=%s", strings.Trim(fmt.Sprint(noRestart), "[]"))
	line("TimeoutStartSec=infinity")
	line("TimeoutStopSec=90s")
	line("WatchdogSec=5min")
	line("KillMode=mixed")
	line("LimitNOFILE=65536")
	line("")
	b.WriteString(hardening)
	s.writePaths(line)
	s.writeCapabilities(line)
	line("")
	line("[Install]")
	line("WantedBy=multi-user.target")
	return b.String()
}

// homes are where ProtectHome lets nobody in.
var homes = []string{"/home", "/root", "/run/user"}

// writePaths says what the process may write to, and shows it what lies in a home.
func (s Spec) writePaths(line func(string, ...any)) {
	writable := append([]string{s.Dir}, slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(s.Writable))), func(path string) bool { return path == s.Dir })...)
	home := slices.ContainsFunc(append(append([]string{s.Program}, writable...), s.Keys...), inHome)
	if !home {
		line("ProtectHome=yes")
		line("ReadWritePaths=%s", quoteAll(writable[:1])+optional(writable[1:]))
		return
	}
	line("ProtectHome=tmpfs")
	if in := slices.DeleteFunc(slices.Clone(writable), outside); len(in) > 0 {
		line("BindPaths=%s", quoteAll(in))
	}
	if in := slices.DeleteFunc(append([]string{s.Program}, s.Keys...), outside); len(in) > 0 {
		line("BindReadOnlyPaths=%s", quoteAll(in))
	}
	line("ReadWritePaths=%s", quoteAll(writable[:1])+optional(writable[1:]))
}

func inHome(path string) bool {
	return slices.ContainsFunc(homes, func(home string) bool {
		return path == home || strings.HasPrefix(filepath.ToSlash(path), home+"/")
	})
}

func outside(path string) bool { return !inHome(path) }

// writeCapabilities leaves none, but for a port below 1024, and for root, who without
// them could not read the key that a user has put down. In users of the process's own
// neither would mean anything.
func (s Spec) writeCapabilities(line func(string, ...any)) {
	var kept, given string
	if s.LowPorts {
		kept, given = "CAP_NET_BIND_SERVICE", "CAP_NET_BIND_SERVICE"
	}
	if s.User == "" {
		kept = strings.TrimSpace(kept + " CAP_DAC_READ_SEARCH")
	}
	line("CapabilityBoundingSet=%s", kept)
	line("AmbientCapabilities=%s", given)
	if kept == "" {
		line("PrivateUsers=yes")
	}
}

// percent keeps systemd from reading a percent sign as the name of something.
func percent(text string) string { return strings.ReplaceAll(text, "%", "%%") }

// dollar keeps systemd from looking for a variable in a command.
func dollar(text string) string { return strings.ReplaceAll(text, "$", "$$") }

// quote writes a path as one word of a unit.
func quote(path string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(percent(path)) + `"`
}

// optional names places that may be missing when the service starts: a disk that is not
// there is no reason not to serve.
func optional(paths []string) string {
	var b strings.Builder
	for _, path := range paths {
		b.WriteString(` "-` + strings.TrimPrefix(quote(path), `"`))
	}
	return b.String()
}

func quoteAll(paths []string) string {
	words := make([]string, len(paths))
	for i, path := range paths {
		words[i] = quote(path)
	}
	return strings.Join(words, " ")
}

// servedBy is the directory that the unit of a text serves; "" when it is none of
// tongbu's.
func servedBy(unit string) string {
	for line := range strings.Lines(unit) {
		if dir, ours := strings.CutPrefix(line, servesMark); ours {
			return strings.TrimSuffix(dir, "\n")
		}
	}
	return ""
}
