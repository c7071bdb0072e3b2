package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"strings"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/internal/durable"
	"tongbu/internal/fault"
)

// maxSecret bounds a secret in a file, in bytes; a token has about 150.
const maxSecret = 4 << 10

// fromStdin is how a command is told to read its standard input.
const fromStdin = "-"

// readSecret returns a secret that a flag gave, or that stands in a file or comes
// by standard input: other users of this computer see the arguments of every
// process, and shells keep them.
func (a *app) readSecret(what, given, file string) (string, error) {
	switch {
	case given != "" && file != "":
		return "", fault.New(fault.Invalid, "--%s and --%s-file are two ways to give one thing", what, what)
	case given == fromStdin || file == fromStdin:
		raw, err := io.ReadAll(io.LimitReader(a.in, maxSecret+1))
		if err != nil {
			return "", fault.Wrap("read the "+what, err)
		}
		return parseSecret(what, raw)
	case file != "":
		raw, err := readSmall(what, file)
		if err != nil {
			return "", err
		}
		secret, err := parseSecret(what, raw)
		if err == nil {
			a.warnExposed(file)
		}
		return secret, err
	}
	return given, nil
}

func readSmall(what, file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fault.Wrap("read the "+what, err)
	}
	defer f.Close() //nolint:errcheck // only read
	raw, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	return raw, fault.Wrap("read the "+what, err)
}

func parseSecret(what string, raw []byte) (string, error) {
	text := bytes.TrimSpace(raw)
	if len(raw) > maxSecret || len(text) == 0 {
		return "", fault.New(fault.Invalid, "no %s there, or more than one", what)
	}
	return string(text), nil
}

// maxLine bounds a password that stands in a line, in bytes.
const maxLine = 1 << 10

// readPassword returns somebody's password: typed twice at a terminal, else the first
// line of standard input. It is never an argument, which others can see.
func (a *app) readPassword(login string) (string, error) {
	if ask := tier.Asking(); ask != nil && a.in == os.Stdin {
		first, err := ask(a.lang.Say("password for %s: ", login))
		if err != nil {
			return "", err
		}
		again, err := ask(a.lang.Say("again: "))
		if err == nil && first != again {
			err = fault.New(fault.Invalid, "these are two passwords").WithHint("type the same one twice")
		}
		return first, err
	}
	line, err := bufio.NewReader(io.LimitReader(a.in, maxLine)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fault.Wrap("read the password", err)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", fault.New(fault.Invalid, "no password there").WithHint("it is the first line of standard input, or typed at a terminal")
	}
	return line, nil
}

// warnExposed says which files with secrets others on this computer can read.
func (a *app) warnExposed(paths ...string) {
	for _, path := range paths {
		if durable.Exposed(path) {
			a.say("warning: %s can be read or written by others; chmod 600 it", path)
		}
	}
}

// warnWritable says which directories with secrets others can write to: they could
// put files of their own there, the command line's socket among them.
func (a *app) warnWritable(dirs []string) {
	for _, path := range dirs {
		if durable.Exposed(path) {
			a.say("warning: %s can be written by others; chmod 700 it", path)
		}
	}
}
