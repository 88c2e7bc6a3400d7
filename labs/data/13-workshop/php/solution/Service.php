<?php

declare(strict_types=1);

use Lab\Registry;
use RdKafka\KafkaConsumer;
use RdKafka\Message;
use RdKafka\Producer;

/**
 * One service: reads a topic as a group of its own, publishes what it decided, and
 * puts aside what it cannot read. At least once in, one event an order out.
 */
final class Service
{
    private readonly Registry $registry;

    private readonly PDO $db;

    private readonly Producer $producer;

    /** @var array<string, int> what became of the last records, by topic and key */
    private array $reports = [];

    /**
     * @param  string  $schema  the .avsc of what it publishes
     * @param  callable(array<string, mixed>): ?array<string, mixed>  $decide  from an event to the fields of the next; null: it ends here
     */
    public function __construct(
        private readonly string $name,
        private readonly string $input,
        private readonly string $output,
        private readonly string $schema,
        private $decide,
    ) {
        $this->registry = Registry::fromEnv();
        $this->db = new PDO(Lab\env('DB_DSN', 'sqlite:'.__DIR__."/$name.sqlite"));
        $this->db->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
        $this->db->exec('CREATE TABLE IF NOT EXISTS done (service TEXT, order_id TEXT, PRIMARY KEY (service, order_id))');
        $conf = Lab\conf(['enable.idempotence' => 'true', 'message.timeout.ms' => '60000', 'partitioner' => 'murmur2_random']);
        $conf->setDrMsgCb(function ($client, Message $m): void {
            $this->reports["$m->topic_name/$m->key"] = $m->err;
        });
        $this->producer = new Producer($conf);
    }

    /** Works until it has been idle for some seconds, or is stopped. */
    public function run(int $idle = 30): void
    {
        $consumer = new KafkaConsumer(Lab\conf([
            'group.id' => Lab\name($this->name),
            'auto.offset.reset' => 'earliest',
            'enable.auto.commit' => 'false',
        ]));
        $consumer->subscribe([Lab\name($this->input)]);
        for ($i = 0; Lab\running() && $i < $idle; $i++) {
            $message = $consumer->consume(1000);
            if ($message->err === RD_KAFKA_RESP_ERR__TIMED_OUT) {
                continue;
            }
            if ($message->err !== RD_KAFKA_RESP_ERR_NO_ERROR) {
                fwrite(STDERR, "$this->name: {$message->errstr()}\n"); // a broker is away: the client finds the next

                continue;
            }
            $i = 0;
            $this->handle($message);
            $consumer->commit($message);
        }
        $consumer->close();
    }

    private function handle(Message $message): void
    {
        try {
            // Whatever version wrote it: the id in front says which.
            $event = $this->registry->decode($message->payload ?? '');
            if (! isset($event['order'])) {
                throw new UnexpectedValueException('it names no order');
            }
            $order = (string) $event['order'];
            if ($this->isDone($order)) {
                return; // it came twice
            }
            $next = ($this->decide)($event);
        } catch (Lab\AvroError|UnexpectedValueException $e) {
            $this->deliver('dead-letters', $message->payload, $message->key ?? '', array_merge($message->headers ?? [], [
                'error' => $e->getMessage(),
                'error-class' => $e::class,
                'source' => "$message->topic_name/$message->partition/$message->offset",
            ]));

            return;
        }
        if ($next !== null) {
            $next += ['order' => $order, 'at' => (int) (microtime(true) * 1000)];
            $value = $this->registry->encode(Lab\name($this->output).'-value', $this->schema, $next);
            $this->deliver($this->output, $value, $order, ['id' => "$this->name:$order"]);
        }
        $this->db->prepare('INSERT INTO done VALUES (?, ?) ON CONFLICT DO NOTHING')->execute([$this->name, $order]);
        echo "$this->name: $order\n";
    }

    private function isDone(string $order): bool
    {
        $find = $this->db->prepare('SELECT 1 FROM done WHERE service = ? AND order_id = ?');
        $find->execute([$this->name, $order]);

        return (bool) $find->fetchColumn();
    }

    /**
     * Returns when the record is delivered; throws if it is not. Then nothing was committed, and it comes again.
     *
     * @param  array<string, string>  $headers
     */
    private function deliver(string $short, ?string $value, string $key, array $headers): void
    {
        $topic = Lab\name($short);
        unset($this->reports["$topic/$key"]);
        $this->producer->newTopic($topic)->producev(RD_KAFKA_PARTITION_UA, 0, $value, $key, $headers);
        $this->producer->flush(65_000);
        $err = $this->reports["$topic/$key"] ?? RD_KAFKA_RESP_ERR__MSG_TIMED_OUT;
        if ($err !== RD_KAFKA_RESP_ERR_NO_ERROR) {
            throw new RuntimeException("$this->name: not delivered to $topic: ".rd_kafka_err2str($err));
        }
        unset($this->reports["$topic/$key"]);
    }
}
