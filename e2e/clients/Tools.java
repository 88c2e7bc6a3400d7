import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Scanner;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs several of Kafka's own command-line programs one after the other in one
 * Java machine, since starting one takes longer than most of them run.
 *
 * <p>Its arguments are how to connect. Standard input has one call a line: main
 * class and arguments, separated by tabs; the argument @ stands for how to
 * connect, which goes to the end where there is none. A call is answered by one
 * line: exit code, milliseconds, and the output in base64.
 */
public class Tools {
    private static final long LIMIT_MILLIS = 60_000;

    /** What a program wrote; it is swapped because some keep the stream they found first. */
    private static final class Swap extends OutputStream {
        volatile ByteArrayOutputStream to = new ByteArrayOutputStream();

        @Override
        public void write(int b) {
            to.write(b);
        }

        @Override
        public void write(byte[] b, int from, int n) {
            to.write(b, from, n);
        }
    }

    private static final class Ended extends RuntimeException {
        Ended(String message) {
            super(message, null, false, false);
        }
    }

    /** The first exit code of a call: some programs catch what ends them, and end again. */
    private static volatile Integer exit;

    private static void end(int code, String message) {
        if (exit == null) {
            exit = code;
        }
        throw new Ended(message);
    }

    public static void main(String[] connect) throws IOException, InterruptedException {
        PrintStream answers = System.out;
        Swap swap = new Swap();
        PrintStream captured = new PrintStream(swap, true, StandardCharsets.UTF_8);
        System.setOut(captured);
        System.setErr(captured);
        List<Runnable> hooks = new ArrayList<>();
        Exit.setExitProcedure(Tools::end);
        Exit.setHaltProcedure(Tools::end);
        Exit.setShutdownHookAdder((name, hook) -> {
            synchronized (hooks) {
                hooks.add(hook);
            }
        });
        Scanner in = new Scanner(System.in, StandardCharsets.UTF_8);
        while (in.hasNextLine()) {
            String[] call = in.nextLine().split("\t", -1);
            List<String> args = new ArrayList<>(Arrays.asList(call).subList(1, call.length));
            int at = args.indexOf("@");
            if (at >= 0) {
                args.remove(at);
            }
            args.addAll(at >= 0 ? at : args.size(), Arrays.asList(connect));
            swap.to = new ByteArrayOutputStream();
            int[] code = {-1};
            long began = System.nanoTime();
            Thread thread = new Thread(() -> code[0] = run(call[0], args.toArray(new String[0]), hooks));
            thread.setDaemon(true);
            thread.start();
            thread.join(LIMIT_MILLIS);
            if (thread.isAlive()) {
                captured.println("still running after " + LIMIT_MILLIS + " ms");
            }
            captured.flush();
            long took = (System.nanoTime() - began) / 1_000_000;
            answers.println(code[0] + " " + took + " " + Base64.getEncoder().encodeToString(swap.to.toByteArray()));
            answers.flush();
        }
        Runtime.getRuntime().halt(0); // whatever a program left running
    }

    private static int run(String name, String[] args, List<Runnable> hooks) {
        exit = null;
        int code = call(name, args);
        code = exit != null ? exit : code;
        List<Runnable> last;
        synchronized (hooks) {
            last = new ArrayList<>(hooks);
            hooks.clear();
        }
        last.forEach(Runnable::run);
        return code;
    }

    private static int call(String name, String[] args) {
        try {
            Class.forName(name).getMethod("main", String[].class).invoke(null, (Object) args);
            return 0;
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Ended) {
                if (e.getCause().getMessage() != null) {
                    System.err.println(e.getCause().getMessage());
                }
                return 0; // the code is in exit
            }
            e.getCause().printStackTrace();
            return 1;
        } catch (ReflectiveOperationException e) {
            e.printStackTrace();
            return 1;
        }
    }
}
