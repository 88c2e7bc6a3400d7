<?php

declare(strict_types=1);

namespace App\Kafka;

use Junges\Kafka\Consumers\Builder as ConsumerBuilder;
use Junges\Kafka\Facades\Kafka;
use Junges\Kafka\Producers\Builder as ProducerBuilder;

/**
 * Producers and consumers that connect and sign in as config/kafka.php says.
 */
final class Connection
{
    /** The full name of a topic or group: name('orders'). */
    public static function name(string $short): string
    {
        return config('kafka.prefix').$short;
    }

    /** A producer for single records: send() waits until it is flushed. */
    public function producer(): ProducerBuilder
    {
        return $this->configure(Kafka::publish());
    }

    /**
     * A producer for many records: send() only puts them into the buffer. Keep the builder:
     * it holds the one producer, which build()->flush() empties.
     */
    public function asyncProducer(): ProducerBuilder
    {
        return $this->configure(Kafka::asyncPublish());
    }

    /** A consumer of a group that starts at the first record and commits by hand. */
    public function consumer(string $topic, string $group): ConsumerBuilder
    {
        $builder = Kafka::consumer([self::name($topic)], self::name($group))
            ->withOptions($this->options() + ['auto.offset.reset' => config('kafka.offset_reset')])
            ->withManualCommit();

        return $this->sasl($builder);
    }

    private function configure(ProducerBuilder $builder): ProducerBuilder
    {
        $builder->withConfigOptions($this->options() + [
            'enable.idempotence' => 'true',
            'message.timeout.ms' => (string) config('kafka.message_timeout_ms'),
            'partitioner' => 'murmur2_random', // as Java; librdkafka's default is another hash
        ]);

        return $this->sasl($builder);
    }

    /**
     * @template T of ConsumerBuilder|ProducerBuilder
     *
     * @param  T  $builder
     * @return T
     */
    private function sasl(ConsumerBuilder|ProducerBuilder $builder): ConsumerBuilder|ProducerBuilder
    {
        $protocol = config('kafka.securityProtocol');
        if (str_starts_with($protocol, 'SASL_')) {
            $builder->withSasl(config('kafka.sasl.username'), config('kafka.sasl.password'), config('kafka.sasl.mechanisms'), $protocol);
        }

        return $builder;
    }

    /** @return array<string, string> strings only: the extension takes nothing else */
    private function options(): array
    {
        $ca = config('kafka.ca');

        return array_filter([
            'security.protocol' => config('kafka.securityProtocol'),
            'ssl.ca.location' => $ca,
        ]);
    }
}
