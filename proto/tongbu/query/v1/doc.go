// Package queryv1 is the generated form of the contract for programs; only package
// hub/api and its clients use it.
package queryv1

import _ "embed" // for OpenAPI

// OpenAPI is the contract over HTTP as it is generated (OpenAPI 3.1, JSON). It knows no
// columns: package hub/api adds those.
//
//go:embed service.openapi.json
var OpenAPI []byte
