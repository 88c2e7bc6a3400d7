<?php

declare(strict_types=1);

namespace App\Kafka;

use Illuminate\Support\Facades\Log;
use Junges\Kafka\Contracts\ConsumerMessage;
use Junges\Kafka\Contracts\Middleware;

/** Says for each record where it stands and how long it took, as an HTTP middleware does for requests. */
final class LogRecord implements Middleware
{
    public function __invoke(ConsumerMessage $message, callable $next): mixed
    {
        $begun = hrtime(true);
        try {
            return $next($message);
        } finally {
            Log::info('record', [
                'source' => "{$message->getTopicName()}/{$message->getPartition()}/{$message->getOffset()}",
                'ms' => intdiv(hrtime(true) - $begun, 1_000_000),
            ]);
        }
    }
}
