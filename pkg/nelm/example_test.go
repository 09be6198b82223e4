package nelm_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/nelm"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

// A client reads a whole source of a local practice tenant.
func Example() {
	ctx := context.Background()
	box, err := sandbox.New(sandbox.Options{Seed: seed(600)})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(box)
	defer server.Close()
	admin := box.Credentials().Admin

	client, err := nelm.New(nelm.Config{BaseURL: server.URL, ClientID: admin.ClientID, ClientSecret: admin.Secret})
	if err != nil {
		fmt.Println(err)
		return
	}
	source, err := client.Source(ctx, "contractors emea")
	if err != nil {
		fmt.Println(err)
		return
	}
	records, err := source.List(ctx, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(records), "records,", records[0].Names)
	fmt.Println(client.Requests())
	// Output:
	// 600 records, [accountName firstName lastName phone email manager startDate endDate vendor cost/centre~1]
	// map[download template:1 get token:1 list records:3 list sources:1]
}
