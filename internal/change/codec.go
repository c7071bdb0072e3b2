package change

import "github.com/fxamacker/cbor/v2"

// encMode writes the core deterministic form, in which a thing has one
// encoding only.
var encMode = func() cbor.EncMode {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		panic(err)
	}
	return mode
}()

// decMode bounds what a decoder allocates before the canonical form is
// compared: all limits lie above those of a well-formed change or batch.
var decMode = func() cbor.DecMode {
	mode, err := cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden,
		TagsMd: cbor.TagsForbidden, IntDec: cbor.IntDecConvertSignedOrFail,
		MaxNestedLevels: 8, MaxArrayElements: 4096, MaxMapPairs: 512,
		UTF8: cbor.UTF8RejectInvalid,
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return mode
}()
