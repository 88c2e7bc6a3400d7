package kafka

import (
	"context"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// ACLs reads all access control bindings in one request, sorted by principal,
// then resource. It needs DESCRIBE on the cluster. On a cluster without an
// authorizer the error is [Invalid] and says so.
//
// Kafka API: DescribeAcls (KIP-140, prefixed patterns of KIP-290).
func (c *Cluster) ACLs(ctx context.Context) ([]ACL, error) {
	ctx, k, done := c.begin(ctx, "cannot read the ACLs")
	defer done()
	resp, err := request[*kmsg.DescribeACLsResponse](ctx, k, allACLs())
	if err != nil {
		return nil, err
	}
	return k.acls(resp)
}

// ACLsOf is [Cluster.ACLs] as one broker has them: bindings reach the brokers one
// after the other.
func (c *Cluster) ACLsOf(ctx context.Context, broker int32) ([]ACL, error) {
	ctx, k, done := c.begin(ctx, "cannot read the ACLs")
	defer done()
	resp, err := k.ask(ctx, broker, allACLs())
	if err != nil {
		return nil, k.fail(err)
	}
	return k.acls(resp.(*kmsg.DescribeACLsResponse)) //nolint:forcetypeassert // the answer to it
}

func allACLs() *kmsg.DescribeACLsRequest {
	req := kmsg.NewPtrDescribeACLsRequest()
	req.ResourceType = kmsg.ACLResourceTypeAny
	req.ResourcePatternType = kmsg.ACLResourcePatternTypeAny
	req.Operation = kmsg.ACLOperationAny
	req.PermissionType = kmsg.ACLPermissionTypeAny
	return req
}

func (k *call) acls(resp *kmsg.DescribeACLsResponse) ([]ACL, error) {
	if err := k.fail(codeError(resp.ErrorCode, resp.ErrorMessage)); err != nil {
		return nil, err
	}
	var acls []ACL
	for i := range resp.Resources {
		r := &resp.Resources[i]
		for j := range r.ACLs {
			a := &r.ACLs[j]
			acls = append(acls, ACL{
				Principal: a.Principal, Host: a.Host,
				ResourceType: r.ResourceType.String(), Resource: r.ResourceName, Pattern: r.ResourcePatternType.String(),
				Operation: a.Operation.String(), Permission: a.PermissionType.String(),
			})
		}
	}
	slices.SortFunc(acls, CompareACLs)
	return acls, nil
}

// CompareACLs orders bindings by principal, then resource, operation, permission and host.
func CompareACLs(a, b ACL) int {
	for _, pair := range [...][2]string{
		{a.Principal, b.Principal},
		{a.ResourceType, b.ResourceType},
		{a.Resource, b.Resource},
		{a.Pattern, b.Pattern},
		{a.Operation, b.Operation},
		{a.Permission, b.Permission},
		{a.Host, b.Host},
	} {
		if c := strings.Compare(pair[0], pair[1]); c != 0 {
			return c
		}
	}
	return 0
}
