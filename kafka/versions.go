package kafka

import (
	"context"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// APIVersion is the range of versions that a broker supports of one API.
type APIVersion struct {
	Key  int16  `json:"key"`
	Name string `json:"name"`
	Min  int16  `json:"min"`
	Max  int16  `json:"max"`
}

// BrokerVersions is what one broker supports.
type BrokerVersions struct {
	Broker  int32        `json:"broker"`
	Release string       `json:"release"` // the Kafka release that this looks like, as "v4.1"; empty if it looks like none
	APIs    []APIVersion `json:"apis"`    // by key
	Err     error        `json:"-"`
}

// Feature is a feature of the cluster (KIP-584), such as metadata.version.
type Feature struct {
	Name      string `json:"name"`
	Finalized int16  `json:"finalized"`     // level in force; 0: not in force
	Min       int16  `json:"supported_min"` // what the broker that was asked supports
	Max       int16  `json:"supported_max"`
}

// Versions asks each live broker what it supports, sorted by broker.
//
// Kafka API: ApiVersions.
func (c *Cluster) Versions(ctx context.Context) ([]BrokerVersions, error) {
	ctx, k, done := c.begin(ctx, "cannot read the brokers' versions")
	defer done()
	reqs, err := k.everyBroker(ctx, func(int32) kmsg.Request { return apiVersions() })
	if err != nil {
		return nil, err
	}
	var out []BrokerVersions
	var failed partial
	fan(ctx, k, reqs, func(a answer[*kmsg.ApiVersionsResponse]) {
		if a.err == nil {
			a.err = k.fail(codeError(a.resp.ErrorCode, nil))
		}
		v := BrokerVersions{Broker: a.broker, Err: a.err}
		if a.err != nil {
			failed.add(1, a.err)
		} else {
			if guess := kversion.FromApiVersionsResponse(a.resp).VersionGuess(); strings.HasPrefix(guess, "v") || strings.HasPrefix(guess, "at least") {
				v.Release = guess // else "between" two that it is not
			}
			for _, key := range a.resp.ApiKeys {
				v.APIs = append(v.APIs, APIVersion{Key: key.ApiKey, Name: kmsg.NameForKey(key.ApiKey), Min: key.MinVersion, Max: key.MaxVersion})
			}
			slices.SortFunc(v.APIs, func(a, b APIVersion) int { return int(a.Key) - int(b.Key) })
		}
		out = append(out, v)
	})
	slices.SortFunc(out, func(a, b BrokerVersions) int { return int(a.Broker) - int(b.Broker) })
	return out, failed.err(k.what, "brokers")
}

func apiVersions() *kmsg.ApiVersionsRequest {
	req := kmsg.NewPtrApiVersionsRequest()
	req.ClientSoftwareName, req.ClientSoftwareVersion = "kconsole", "1"
	return req
}

// Features reads the cluster's features, sorted by name.
//
// Kafka API: ApiVersions v3+ (KIP-584).
func (c *Cluster) Features(ctx context.Context) ([]Feature, error) {
	ctx, k, done := c.begin(ctx, "cannot read the features")
	defer done()
	resp, err := request[*kmsg.ApiVersionsResponse](ctx, k, apiVersions())
	if err != nil {
		return nil, err
	}
	if err := k.fail(codeError(resp.ErrorCode, nil)); err != nil {
		return nil, err
	}
	byName := make(map[string]Feature)
	for _, s := range resp.SupportedFeatures {
		byName[s.Name] = Feature{Name: s.Name, Min: s.MinVersion, Max: s.MaxVersion}
	}
	for _, f := range resp.FinalizedFeatures {
		one := byName[f.Name]
		one.Name, one.Finalized = f.Name, f.MaxVersionLevel
		byName[f.Name] = one
	}
	out := make([]Feature, 0, len(byName))
	for _, f := range byName {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b Feature) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}
