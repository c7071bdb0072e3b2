package vault

import (
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"

	"tongbu/internal/durable"
	"tongbu/internal/fault"
)

// minPassphrase is the least length of a new passphrase, in characters.
const minPassphrase = 12

// Bounds of stored costs: a changed file must not eat the memory.
const (
	maxRounds  = 100
	maxMemory  = 1 << 20 // KiB
	maxThreads = 64
)

// cost is what a guess costs: the parameters of Argon2id (RFC 9106).
type cost struct {
	Rounds  uint32 `json:"rounds"`
	Memory  uint32 `json:"memory_kib"`
	Threads uint8  `json:"threads"`
}

// usualCost is RFC 9106's second recommendation: 64 MiB, which a PC of ten
// years ago has, and some tenths of a second.
func usualCost() *cost { return &cost{Rounds: 3, Memory: 64 << 10, Threads: 4} }

// passphrase keeps the secret in a person's memory.
type passphrase struct{}

func (passphrase) makeSecret(f *form, o Options) ([]byte, error) {
	phrase, err := o.askPassphrase("new passphrase of the directory: ")
	if err != nil {
		return nil, err
	}
	if len([]rune(phrase)) < minPassphrase {
		return nil, fault.New(fault.Invalid, "a passphrase has at least %d characters", minPassphrase).WithHint("take four or more words")
	}
	if o.PassphraseFile == "" {
		again, err := o.askPassphrase("repeat the passphrase: ")
		if err != nil {
			return nil, err
		}
		if again != phrase {
			return nil, fault.New(fault.Invalid, "the passphrases differ")
		}
	}
	f.Cost = usualCost()
	return stretch(phrase, f), nil
}

func (passphrase) readSecret(f *form, o Options) ([]byte, error) {
	if c := f.Cost; c == nil || c.Rounds == 0 || c.Rounds > maxRounds || c.Memory > maxMemory || c.Threads == 0 || c.Threads > maxThreads {
		return nil, fault.New(fault.Damaged, "%s has no cost of the passphrase", File)
	}
	phrase, err := o.askPassphrase("passphrase of the directory: ")
	if err != nil {
		return nil, err
	}
	return stretch(phrase, f), nil
}

func stretch(phrase string, f *form) []byte {
	secret := argon2.IDKey([]byte(phrase), f.Salt, f.Cost.Rounds, f.Cost.Memory, f.Cost.Threads, KeySize)
	runtime.GC() // its memory is large, and of no more use
	return secret
}

// askPassphrase reads the file, or asks.
func (o Options) askPassphrase(prompt string) (string, error) {
	if o.PassphraseFile != "" {
		raw, err := durable.ReadFile(o.PassphraseFile, maxFile)
		line, _, _ := strings.Cut(string(raw), "\n")
		return strings.TrimRight(line, "\r"), fault.Wrap("read the passphrase", err)
	}
	if o.Ask == nil {
		return "", fault.New(fault.Denied, "a passphrase is wanted, and there is nobody to ask").
			WithHint("start it at a terminal, or set TONGBU_PASSPHRASE_FILE to a file that holds it")
	}
	return o.Ask(prompt)
}
