<?php

declare(strict_types=1);

namespace App\Providers;

use App\Kafka\Connection;
use App\Kafka\Schemas;
use FlixTech\AvroSerializer\Objects\RecordSerializer;
use FlixTech\SchemaRegistryApi\Registry;
use FlixTech\SchemaRegistryApi\Registry\BlockingRegistry;
use FlixTech\SchemaRegistryApi\Registry\Cache\AvroObjectCacheAdapter;
use FlixTech\SchemaRegistryApi\Registry\CachedRegistry;
use FlixTech\SchemaRegistryApi\Registry\PromisingRegistry;
use GuzzleHttp\Client;
use Illuminate\Contracts\Foundation\Application;
use Illuminate\Support\ServiceProvider;

/**
 * One registry client a process: promising speaks HTTP, blocking waits for it,
 * cached asks once for each schema and not once for each record.
 */
final class KafkaServiceProvider extends ServiceProvider
{
    public function register(): void
    {
        $this->app->singleton(Registry::class, function (): Registry {
            $config = config('kafka.registry');
            $client = new Client(array_filter([
                'base_uri' => rtrim($config['url'], '/').'/',
                'auth' => $config['username'] ? [$config['username'], $config['password']] : null,
                'verify' => $config['ca'] ?: true, // Guzzle does not know Kafka's CA: it has its own setting
                'connect_timeout' => 3,
                'timeout' => 10,
            ], fn ($value) => $value !== null));

            return new CachedRegistry(new BlockingRegistry(new PromisingRegistry($client)), new AvroObjectCacheAdapter);
        });

        $this->app->singleton(RecordSerializer::class, fn (Application $app) => new RecordSerializer($app->make(Registry::class), [
            RecordSerializer::OPTION_REGISTER_MISSING_SCHEMAS => config('kafka.registry.register'),
            RecordSerializer::OPTION_REGISTER_MISSING_SUBJECTS => config('kafka.registry.register'),
        ]));

        $this->app->singleton(Schemas::class);
        $this->app->singleton(Connection::class);
    }
}
