package backup

import (
	"archive/tar"
	"crypto/ed25519"
	"encoding/base64"
	"errors"

	"tongbu/internal/change"
)

// signDomain keeps a signature of a manifest from being one of anything else.
const signDomain = "tongbu/backup/1\n"

// The signature and the key it is made with stand in the header of the manifest,
// where older programs do not look: they read the backup as one of theirs.
const (
	recordKey       = "TONGBU.key"
	recordSignature = "TONGBU.signature"
)

func signRecords(key ed25519.PrivateKey, manifest []byte) map[string]string {
	text := append([]byte(signDomain), manifest...)
	return map[string]string{
		recordKey:       base64.StdEncoding.EncodeToString(key[ed25519.PrivateKeySize-ed25519.PublicKeySize:]),
		recordSignature: base64.StdEncoding.EncodeToString(ed25519.Sign(key, text)),
	}
}

// verifyManifest reports whether the device that a manifest names signed it. A
// device's name is the hash of its key. No signature is no error, one that is not
// in order is.
func verifyManifest(h *tar.Header, manifest []byte, device change.DeviceID) (signed bool, err error) {
	key64, hasKey := h.PAXRecords[recordKey]
	signature64, hasSignature := h.PAXRecords[recordSignature]
	if !hasKey && !hasSignature {
		return false, nil
	}
	key, keyErr := base64.StdEncoding.Strict().DecodeString(key64)
	signature, err := base64.StdEncoding.Strict().DecodeString(signature64)
	switch {
	case keyErr != nil || err != nil || len(key) != ed25519.PublicKeySize || len(signature) != ed25519.SignatureSize:
		return false, errors.New("its signature cannot be read")
	case change.DeviceOf(key) != device:
		return false, errors.New("it is signed by another device than it names")
	case !ed25519.Verify(key, append([]byte(signDomain), manifest...), signature):
		return false, errors.New("it is not what was signed")
	}
	return true, nil
}

// plainHeader reports whether a header is one as this package writes it: no link,
// no sparse file, nothing that a reader of tar would take for more than a name and
// a size.
func plainHeader(h *tar.Header) bool {
	for record := range h.PAXRecords {
		switch record {
		case "mtime", "size", "path":
		case recordKey, recordSignature:
			if h.Name != manifestName {
				return false
			}
		default:
			return false
		}
	}
	return h.Typeflag == tar.TypeReg
}
