package sandbox_test

import (
	"fmt"
	"net/http/httptest"
	"net/url"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

func Example() {
	box, err := sandbox.New(sandbox.Options{})
	server := httptest.NewServer(box)
	admin := box.Credentials().Admin
	defer server.Close()
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := server.Client().PostForm(server.URL+"/oauth/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {admin.ClientID}, "client_secret": {admin.Secret},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	fmt.Println(answer.Status, answer.Header.Get("X-Sandbox"))
	// Output: 200 OK nelm-reconcile sandbox; a local imitation, not SailPoint
}
