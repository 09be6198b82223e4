// Package sandbox is a local Non-Employee Lifecycle Management (NELM) service: the 32 documented operations of SailPoint Identity
// Security Cloud's v2024 API, its token endpoint, public identities and audit search, over state that lives in memory.
//
// There is no vendor sandbox for NELM. This one is for learning the API, for testing scripts in CI and for showing a reviewer what
// a run would do. It is built on the official description and on what the official clients send; where both are silent the
// behaviour is chosen, and every such choice is a [Switch] that says so.
//
// A [Sandbox] is an [http.Handler], so a test needs three lines:
//
//	box, err := sandbox.New(sandbox.Options{})
//	server := httptest.NewServer(box)
//	admin := box.Credentials().Admin // ClientID, Secret
//
// Time comes from a [Clock] and nothing happens in the background: a bulk-upload job is at every moment exactly as far as the
// clock says, so a test with a [ManualClock] never sleeps.
package sandbox
