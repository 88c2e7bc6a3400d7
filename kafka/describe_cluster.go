package kafka

import (
	"context"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// OwnRights reads which operations on the cluster we ourselves may do, as names
// of operations in the order of their numbers. Without DESCRIBE on the cluster
// there are none.
//
// Kafka API: DescribeCluster (KIP-700), authorized operations of KIP-430.
func (c *Cluster) OwnRights(ctx context.Context) ([]string, error) {
	ctx, k, done := c.begin(ctx, "cannot read our rights")
	defer done()
	req := kmsg.NewPtrDescribeClusterRequest()
	req.IncludeClusterAuthorizedOperations = true
	resp, err := request[*kmsg.DescribeClusterResponse](ctx, k, req)
	if err != nil {
		return nil, err
	}
	if err := k.fail(codeError(resp.ErrorCode, resp.ErrorMessage)); err != nil {
		return nil, err
	}
	var names []string
	for bit := kmsg.ACLOperationRead; bit <= kmsg.ACLOperationCreateTokens; bit++ {
		if resp.ClusterAuthorizedOperations > 0 && resp.ClusterAuthorizedOperations>>bit&1 == 1 {
			names = append(names, bit.String())
		}
	}
	return names, nil
}
