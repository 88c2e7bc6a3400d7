<?php

declare(strict_types=1);

/*
 * Registers a user:  php register.php ada@example.com Ada
 *
 * The controller saves the user, says what happened, and answers. Who sends the
 * mail is not its business any more.
 */

require __DIR__.'/lib/lab.php';

use Lab\Registry;
use RdKafka\Conf;
use RdKafka\Message;
use RdKafka\Producer;

final class RegistrationController
{
    private readonly Producer $producer;

    private bool $delivered = false;

    public function __construct(Conf $conf, private readonly Registry $registry)
    {
        $conf->setDrMsgCb(function ($client, Message $message): void {
            $this->delivered = $message->err === RD_KAFKA_RESP_ERR_NO_ERROR;
        });
        $this->producer = new Producer($conf);
    }

    /** @return array{status: int, id: string} */
    public function store(string $email, string $name): array
    {
        $user = [
            'id' => uuid(), 'email' => $email, 'name' => $name, 'country' => 'DE',
            'newsletter' => false, 'referrer' => null, 'registered' => (int) (microtime(true) * 1000),
        ];
        // save($user): that stays a call, for the reply needs it.

        return ['status' => $this->publish($user) ? 201 : 503, 'id' => $user['id']];
    }

    /** @param array<string, mixed> $user */
    private function publish(array $user): bool
    {
        $topic = Lab\name('user-registered');
        $value = $this->registry->encode("$topic-value", file_get_contents(__DIR__.'/user-registered.avsc'), $user);
        $this->delivered = false;
        $this->producer->newTopic($topic)->producev(RD_KAFKA_PARTITION_UA, 0, $value, $user['id'], ['id' => uuid()]);
        // An empty queue is not yet success: only the delivery report knows.
        $this->producer->flush(5000);

        return $this->delivered;
    }
}

function uuid(): string
{
    $b = random_bytes(16);
    $b[6] = chr(ord($b[6]) & 0x0F | 0x40);
    $b[8] = chr(ord($b[8]) & 0x3F | 0x80);

    return vsprintf('%s%s-%s-%s-%s-%s%s%s', str_split(bin2hex($b), 4));
}

$conf = Lab\conf(['enable.idempotence' => 'true', 'message.timeout.ms' => '5000', 'partitioner' => 'murmur2_random']);
$begun = hrtime(true);
$reply = (new RegistrationController($conf, Registry::fromEnv()))->store($argv[1] ?? 'ada@example.com', $argv[2] ?? 'Ada');
printf("%d %s after %d ms\n", $reply['status'], $reply['id'], (hrtime(true) - $begun) / 1e6);
exit($reply['status'] === 201 ? 0 : 1);
