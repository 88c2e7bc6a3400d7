<?php

declare(strict_types=1);

/*
 * Registers a user:  php register.php ada@example.com Ada
 *
 * The controller calls three other systems before it answers. Make it publish
 * the event UserRegistered instead, and look how long the reply takes then.
 */

require __DIR__.'/lib/lab.php';

use Lab\Registry;
use RdKafka\Producer;

final class RegistrationController
{
    public function __construct(private readonly Producer $producer, private readonly Registry $registry) {}

    /** @return array{status: int, id: string} */
    public function store(string $email, string $name): array
    {
        $user = [
            'id' => uuid(), 'email' => $email, 'name' => $name, 'country' => 'DE',
            'newsletter' => false, 'referrer' => null, 'registered' => (int) (microtime(true) * 1000),
        ];
        // save($user): that stays a call, for the reply needs it.

        // TODO: publish the event to the topic Lab\name('user-registered') and remove these calls.
        //   value    $this->registry->encode("$topic-value", $schema, $user): Avro, which lab 4
        //            explains; the schema is in user-registered.avsc
        //   key      the user's id, so that all events of one user stay in order
        //   header   'id' => the event's id, by which a service knows an event that comes twice
        // TODO: wait (at most 5 s) until the event is delivered, and answer 503 if it is not.
        $this->sendMail($user);
        $this->createProfile($user);
        $this->writeAudit($user);

        return ['status' => 201, 'id' => $user['id']];
    }

    private function sendMail(array $user): void
    {
        usleep(800_000); // a mail provider far away
    }

    private function createProfile(array $user): void
    {
        usleep(120_000);
    }

    private function writeAudit(array $user): void
    {
        usleep(15_000);
    }
}

function uuid(): string
{
    $b = random_bytes(16);
    $b[6] = chr(ord($b[6]) & 0x0F | 0x40);
    $b[8] = chr(ord($b[8]) & 0x3F | 0x80);

    return vsprintf('%s%s-%s-%s-%s-%s%s%s', str_split(bin2hex($b), 4));
}

$producer = new Producer(Lab\conf(['enable.idempotence' => 'true', 'message.timeout.ms' => '5000']));
$begun = hrtime(true);
$reply = (new RegistrationController($producer, Registry::fromEnv()))->store($argv[1] ?? 'ada@example.com', $argv[2] ?? 'Ada');
printf("%d %s after %d ms\n", $reply['status'], $reply['id'], (hrtime(true) - $begun) / 1e6);
exit($reply['status'] === 201 ? 0 : 1);
