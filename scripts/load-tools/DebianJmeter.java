// Starts Debian's JMeter 2.13. By itself, it cannot read any test plan, because newer versions of
// XStream must be told which classes a plan may use, and JMeter 2.13 does not do that. JMeter 5 needs
// no such program.
//
//   java -Djmeter.home=/usr/share/jmeter -cp "/usr/share/jmeter/bin/*:/usr/share/jmeter/lib/*:/usr/share/jmeter/lib/ext/*" \
//     DebianJmeter.java -n -t PLAN …

import com.thoughtworks.xstream.XStream;
import com.thoughtworks.xstream.security.AnyTypePermission;
import java.lang.reflect.Field;
import org.apache.jmeter.JMeter;
import org.apache.jmeter.save.SaveService;
import org.apache.jmeter.util.JMeterUtils;

public class DebianJmeter {
  public static void main(String[] arguments) throws Exception {
    String home = "/usr/share/jmeter";
    JMeterUtils.setJMeterHome(home);
    JMeterUtils.loadJMeterProperties(home + "/bin/jmeter.properties");
    for (String name : new String[] {"JMXSAVER", "JTLSAVER"}) {
      Field saver = SaveService.class.getDeclaredField(name);
      saver.setAccessible(true);
      ((XStream) saver.get(null)).addPermission(AnyTypePermission.ANY);
    }
    new JMeter().start(arguments);
  }
}
